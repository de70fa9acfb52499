"""Functions in LLVM text that the native array call uses: reading, checking and making array objects."""

from __future__ import annotations

from .numpy_api import (
    ALIGNED,
    CONTIGUOUS,
    DATA,
    DESCRIPTOR,
    DIMENSIONS,
    FLAGS,
    FLOAT_VALUE,
    RANK,
    TYPE,
    WRITEABLE,
)
from .pool import LARGE

DECLARATIONS = (
    "declare ptr @sg_new_copy(ptr, i32)",
    "declare ptr @sg_new_array(ptr, ptr, i32, ptr, ptr, ptr, i32, ptr)",
    "attributes #0 = { noinline optnone }",  # LLVM would spend most of its time here to gain a few nanoseconds
)


def _fields(prefix: str, item: str, **offsets: int) -> str:
    return "\n".join(
        f"  %{prefix}{name} = getelementptr i8, ptr {item}, i64 {offset}" for name, offset in offsets.items()
    )


# An array argument: itself if it can be read as it stands, else a copy that the caller must release; null with an
# error set if it is no array of numbers, null without one if its rank is wrong.
READ = f"""
define internal ptr @sg_read(ptr %object, ptr %type, ptr %descr, i32 %rank, ptr %convert, ptr %owned) #0 {{
entry:
  %box = alloca ptr
{_fields("", "%object", type_at=TYPE)}
  %kind = load ptr, ptr %type_at
  %exact = icmp eq ptr %kind, %type
  br i1 %exact, label %array, label %other
array:
{_fields("", "%object", descr_at=DESCRIPTOR, flags_at=FLAGS)}
  %own = load ptr, ptr %descr_at
  %right = icmp eq ptr %own, %descr
  br i1 %right, label %typed, label %other
typed:
  %flags = load i32, ptr %flags_at
  %some = and i32 %flags, {CONTIGUOUS | ALIGNED}
  %plain = icmp eq i32 %some, {CONTIGUOUS | ALIGNED}
  br i1 %plain, label %ranked, label %copy
copy:
  %copied = call ptr @sg_new_copy(ptr %object, i32 0)
  br label %made
other:
  store ptr %object, ptr %box
  %converted = call ptr @PyObject_Vectorcall(ptr %convert, ptr %box, i64 1, ptr null)
  br label %made
made:
  %fresh = phi ptr [ %copied, %copy ], [ %converted, %other ]
  store ptr %fresh, ptr %owned
  %failed = icmp eq ptr %fresh, null
  br i1 %failed, label %wrong, label %ranked
ranked:
  %result = phi ptr [ %object, %typed ], [ %fresh, %made ]
{_fields("", "%result", rank_at=RANK)}
  %have = load i32, ptr %rank_at
  %ranks = icmp eq i32 %have, %rank
  br i1 %ranks, label %good, label %wrong
good:
  ret ptr %result
wrong:
  ret ptr null
}}"""

# A float argument: written to its slot; false with an error set.
NUMBER = f"""
define internal i1 @sg_number(ptr %object, ptr %type, ptr %other_type, ptr %convert, ptr %slot) #0 {{
entry:
  %box = alloca ptr
{_fields("", "%object", type_at=TYPE)}
  %kind = load ptr, ptr %type_at
  %first = icmp eq ptr %kind, %type
  %second = icmp eq ptr %kind, %other_type
  %float = or i1 %first, %second
  br i1 %float, label %plain, label %other
plain:
{_fields("", "%object", value_at=FLOAT_VALUE)}
  %value = load double, ptr %value_at
  store double %value, ptr %slot
  ret i1 true
other:
  store ptr %object, ptr %box
  %made = call ptr @PyObject_Vectorcall(ptr %convert, ptr %box, i64 1, ptr null)
  %failed = icmp eq ptr %made, null
  br i1 %failed, label %wrong, label %converted
converted:
  %number = call double @PyFloat_AsDouble(ptr %made)
  store double %number, ptr %slot
  call void @Py_DecRef(ptr %made)
  ret i1 true
wrong:
  ret i1 false
}}"""

# A new array for a result: NumPy's own, or from the pool if it is large.
FRESH = f"""
define internal ptr @sg_fresh(ptr %type, ptr %descr, i32 %rank, ptr %dims, i64 %bytes, ptr %pool) #0 {{
entry:
  %items = alloca [2 x ptr]
  %large = icmp sge i64 %bytes, {LARGE}
  br i1 %large, label %pooled, label %own
own:
  call void @Py_IncRef(ptr %descr)
  %plain = call ptr @sg_new_array(ptr %type, ptr %descr, i32 %rank, ptr %dims, ptr null, ptr null, i32 0, ptr null)
  ret ptr %plain
pooled:
  %rank64 = sext i32 %rank to i64
  %shape = call ptr @PyTuple_New(i64 %rank64)
  br label %test
test:
  %i = phi i64 [ 0, %pooled ], [ %next, %body ]
  %more = icmp slt i64 %i, %rank64
  br i1 %more, label %body, label %ready
body:
  %at = getelementptr i64, ptr %dims, i64 %i
  %size = load i64, ptr %at
  %number = call ptr @PyLong_FromLongLong(i64 %size)
  %set = call i32 @PyTuple_SetItem(ptr %shape, i64 %i, ptr %number)
  %next = add i64 %i, 1
  br label %test
ready:
  store ptr %shape, ptr %items
  %second = getelementptr ptr, ptr %items, i64 1
  store ptr %descr, ptr %second
  %made = call ptr @PyObject_Vectorcall(ptr %pool, ptr %items, i64 2, ptr null)
  call void @Py_DecRef(ptr %shape)
  ret ptr %made
}}"""

# The array for a result: the caller's, if the result can be written straight into it, or a new one; else null.
TARGET = f"""
define internal ptr @sg_target(ptr %object, ptr %type, ptr %descr, i32 %rank, ptr %dims, i64 %bytes, ptr %pool,
                               ptr %owned, ptr %starts, ptr %ends, i64 %count) #0 {{
entry:
  %none = icmp eq ptr %object, null
  br i1 %none, label %fresh, label %given
fresh:
  %made = call ptr @sg_fresh(ptr %type, ptr %descr, i32 %rank, ptr %dims, i64 %bytes, ptr %pool)
  store ptr %made, ptr %owned
  ret ptr %made
given:
{_fields("", "%object", type_at=TYPE)}
  %kind = load ptr, ptr %type_at
  %exact = icmp eq ptr %kind, %type
  br i1 %exact, label %array, label %wrong
array:
{_fields("", "%object", data_at=DATA, descr_at=DESCRIPTOR, flags_at=FLAGS, rank_at=RANK, dims_at=DIMENSIONS)}
  %own = load ptr, ptr %descr_at
  %typed = icmp eq ptr %own, %descr
  %flags = load i32, ptr %flags_at
  %some = and i32 %flags, {CONTIGUOUS | ALIGNED | WRITEABLE}
  %plain = icmp eq i32 %some, {CONTIGUOUS | ALIGNED | WRITEABLE}
  %ranks = load i32, ptr %rank_at
  %ranked = icmp eq i32 %ranks, %rank
  %both = and i1 %typed, %plain
  %all = and i1 %both, %ranked
  br i1 %all, label %sized, label %wrong
sized:
  %have = load ptr, ptr %dims_at
  %rank64 = sext i32 %rank to i64
  br label %test
test:
  %i = phi i64 [ 0, %sized ], [ %next, %body ]
  %more = icmp slt i64 %i, %rank64
  br i1 %more, label %body, label %fits
body:
  %at = getelementptr i64, ptr %have, i64 %i
  %size = load i64, ptr %at
  %wanted_at = getelementptr i64, ptr %dims, i64 %i
  %wanted = load i64, ptr %wanted_at
  %next = add i64 %i, 1
  %equal = icmp eq i64 %size, %wanted
  br i1 %equal, label %test, label %wrong
fits:
  %data = load ptr, ptr %data_at
  %end = getelementptr i8, ptr %data, i64 %bytes
  %apart = call i1 @sg_apart(ptr %starts, ptr %ends, i64 %count, ptr %data, ptr %end)
  br i1 %apart, label %good, label %wrong
good:
  ret ptr %object
wrong:
  ret ptr null
}}"""

# True if a stretch of memory overlaps none of the first ``count`` of a list.
APART = """
define internal i1 @sg_apart(ptr %starts, ptr %ends, i64 %count, ptr %start, ptr %end) #0 {
entry:
  br label %test
test:
  %i = phi i64 [ 0, %entry ], [ %next, %body ]
  %more = icmp slt i64 %i, %count
  br i1 %more, label %body, label %good
body:
  %start_at = getelementptr ptr, ptr %starts, i64 %i
  %first = load ptr, ptr %start_at
  %end_at = getelementptr ptr, ptr %ends, i64 %i
  %last = load ptr, ptr %end_at
  %next = add i64 %i, 1
  %before = icmp ult ptr %first, %end
  %after = icmp ult ptr %start, %last
  %overlap = and i1 %before, %after
  br i1 %overlap, label %wrong, label %test
good:
  ret i1 true
wrong:
  ret i1 false
}"""

# Drops references; null entries are allowed.
RELEASE = """
define internal void @sg_release(ptr %owned, i64 %count) #0 {
entry:
  br label %test
test:
  %i = phi i64 [ 0, %entry ], [ %next, %body ]
  %more = icmp slt i64 %i, %count
  br i1 %more, label %body, label %done
body:
  %at = getelementptr ptr, ptr %owned, i64 %i
  %object = load ptr, ptr %at
  call void @Py_DecRef(ptr %object)
  %next = add i64 %i, 1
  br label %test
done:
  ret void
}"""

HELPERS = "\n".join((READ, NUMBER, FRESH, TARGET, APART, RELEASE))
