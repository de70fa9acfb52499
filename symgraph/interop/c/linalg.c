/* Linear algebra for small matrices, stored row by row, in C99. Sections are read by symgraph.interop.c_functions.
   The last argument is memory for numbers in between. A matrix that has no answer gives nan. */

/* == fill == */
static void sg_fill(ptrdiff_t count, double value, double *out)
{
    ptrdiff_t i;
    for (i = 0; i < count; i++) out[i] = value;
}

/* == finite == */
static int sg_finite(ptrdiff_t count, const double *a)
{
    ptrdiff_t i;
    for (i = 0; i < count; i++)
        if (!isfinite(a[i])) return 0;
    return 1;
}

/* == eliminate == */
static int sg_eliminate(ptrdiff_t n, ptrdiff_t k, double *a, double *b)
{
    /* Gauss's elimination with row pivots, done to the right-hand sides b (n rows, k columns) at once. Gives the sign of
       the permutation, or 0 where a pivot is exactly 0. */
    ptrdiff_t i, j, c, best;
    int sign = 1;
    for (c = 0; c < n; c++) {
        best = c;
        for (i = c + 1; i < n; i++)
            if (fabs(a[i * n + c]) > fabs(a[best * n + c])) best = i;
        if (a[best * n + c] == 0) return 0;
        if (best != c) {
            double t;
            sign = -sign;
            for (j = c; j < n; j++) t = a[c * n + j], a[c * n + j] = a[best * n + j], a[best * n + j] = t;
            for (j = 0; j < k; j++) t = b[c * k + j], b[c * k + j] = b[best * k + j], b[best * k + j] = t;
        }
        for (i = c + 1; i < n; i++) {
            double factor = a[i * n + c] / a[c * n + c];
            for (j = c + 1; j < n; j++) a[i * n + j] -= factor * a[c * n + j];
            for (j = 0; j < k; j++) b[i * k + j] -= factor * b[c * k + j];
        }
    }
    return sign;
}

/* == back == */
static void sg_back(ptrdiff_t n, ptrdiff_t k, const double *a, double *b)
{
    /* Solve with the upper triangle. */
    ptrdiff_t i, j, c;
    for (i = n - 1; i >= 0; i--)
        for (j = 0; j < k; j++) {
            for (c = i + 1; c < n; c++) b[i * k + j] -= a[i * n + c] * b[c * k + j];
            b[i * k + j] /= a[i * n + i];
        }
}

/* == solve: eliminate back fill == */
static void sg_solve(ptrdiff_t n, ptrdiff_t k, const double *a, const double *b, double *out, double *w)
{
    ptrdiff_t i;
    for (i = 0; i < n * n; i++) w[i] = a[i];
    for (i = 0; i < n * k; i++) out[i] = b[i];
    if (sg_eliminate(n, k, w, out)) sg_back(n, k, w, out);
    else sg_fill(n * k, NAN, out);
}

/* == inv: eliminate back fill == */
static void sg_inv(ptrdiff_t m, ptrdiff_t n, const double *a, double *out, double *w)
{
    ptrdiff_t i;
    for (i = 0; i < m * n; i++) w[i] = a[i];
    sg_fill(m * n, 0, out);
    for (i = 0; i < n; i++) out[i * n + i] = 1;
    if (sg_eliminate(n, n, w, out)) sg_back(n, n, w, out);
    else sg_fill(m * n, NAN, out);
}

/* == slogdet: eliminate == */
static double sg_slogdet(ptrdiff_t n, const double *a, double *w, double *size)
{
    ptrdiff_t i;
    double sign;
    for (i = 0; i < n * n; i++) w[i] = a[i];
    sign = sg_eliminate(n, 0, w, w);
    *size = sign == 0 ? -INFINITY : 0;
    for (i = 0; sign != 0 && i < n; i++) {
        *size += log(fabs(w[i * n + i]));
        if (w[i * n + i] < 0) sign = -sign;
    }
    return isnan(*size) ? *size : sign;
}

/* == det: slogdet == */
static void sg_det(ptrdiff_t m, ptrdiff_t n, const double *a, double *out, double *w)
{
    double size, sign = sg_slogdet(m, a, w, &size);
    ptrdiff_t i;
    *out = sign;
    for (i = 0; i < n && sign != 0; i++) *out *= fabs(w[i * n + i]);
    if (isinf(*out) || *out == 0) *out = sign == 0 ? 0 : sign * exp(size);
}

/* == det_sign: slogdet == */
static void sg_det_sign(ptrdiff_t m, ptrdiff_t n, const double *a, double *out, double *w)
{
    double size;
    (void)n;
    *out = sg_slogdet(m, a, w, &size);
}

/* == logdet: slogdet == */
static void sg_logdet(ptrdiff_t m, ptrdiff_t n, const double *a, double *out, double *w)
{
    (void)n;
    sg_slogdet(m, a, w, out);
}

/* == cofactor: det fill finite == */
static void sg_cofactor(ptrdiff_t m, ptrdiff_t n, const double *a, double *out, double *w)
{
    /* The determinants of all minors: right for singular matrices, meant for small ones. */
    ptrdiff_t i, j, r, c, place;
    if (!sg_finite(m * n, a)) {
        sg_fill(m * n, NAN, out);
        return;
    }
    for (i = 0; i < m; i++)
        for (j = 0; j < n; j++) {
            place = 0;
            for (r = 0; r < n; r++)
                for (c = 0; c < n; c++)
                    if (r != i && c != j) w[place++] = a[r * n + c];
            sg_det(n - 1, n - 1, w, &out[i * n + j], w + n * n);
            if ((i + j) % 2) out[i * n + j] = -out[i * n + j];
        }
}

/* == cholesky: fill == */
static void sg_cholesky(ptrdiff_t m, ptrdiff_t n, const double *a, double *out, double *w)
{
    ptrdiff_t i, j, k;
    (void)w;
    sg_fill(m * n, 0, out);
    for (i = 0; i < n; i++)
        for (j = 0; j <= i; j++) {
            double sum = (a[i * n + j] + a[j * n + i]) / 2;
            for (k = 0; k < j; k++) sum -= out[i * n + k] * out[j * n + k];
            if (i == j && !(sum > 0)) {
                sg_fill(m * n, NAN, out);
                return;
            }
            out[i * n + j] = i == j ? sqrt(sum) : sum / out[j * n + j];
        }
}

/* == solve_triangular: fill == */
static void sg_solve_triangular(ptrdiff_t n, ptrdiff_t k, int trans, int lower, const double *a, const double *b, double *out)
{
    ptrdiff_t i, j, c, step;
    int down = lower != trans;
    for (i = 0; i < n; i++)
        if (a[i * n + i] == 0) {
            sg_fill(n * k, NAN, out);
            return;
        }
    for (step = 0; step < n; step++) {
        i = down ? step : n - 1 - step;
        for (j = 0; j < k; j++) {
            double sum = b[i * k + j];
            for (c = down ? 0 : i + 1; c < (down ? i : n); c++) sum -= (trans ? a[c * n + i] : a[i * n + c]) * out[c * k + j];
            out[i * k + j] = sum / a[i * n + i];
        }
    }
}

/* == qr: fill == */
static void sg_qr(ptrdiff_t m, ptrdiff_t n, const double *a, double *q, double *w)
{
    /* Householder's reflections, m >= n: leaves R in the upper triangle of w, and Q in q unless that is null. The
       diagonal of R is made positive. */
    ptrdiff_t i, j, c;
    double *diagonal = w + m * n;
    for (i = 0; i < m * n; i++) w[i] = a[i];
    for (c = 0; c < n; c++) {
        double top = 0, size = 0;
        for (i = c; i < m; i++) top = fmax(top, fabs(w[i * n + c]));
        for (i = c; i < m && top > 0; i++) size += (w[i * n + c] / top) * (w[i * n + c] / top);
        size = top * sqrt(size);
        diagonal[c] = w[c * n + c] > 0 ? -size : size;
        if (size == 0) continue;
        w[c * n + c] -= diagonal[c];
        for (j = c + 1; j < n; j++) {
            double dot = 0;
            for (i = c; i < m; i++) dot += w[i * n + c] * w[i * n + j];
            dot /= diagonal[c] * w[c * n + c];
            for (i = c; i < m; i++) w[i * n + j] += dot * w[i * n + c];
        }
    }
    if (q != NULL) {
        sg_fill(m * n, 0, q);
        for (i = 0; i < n; i++) q[i * n + i] = 1;
        for (c = n - 1; c >= 0; c--)
            for (j = 0; j < n && diagonal[c] != 0; j++) {
                double dot = 0;
                for (i = c; i < m; i++) dot += w[i * n + c] * q[i * n + j];
                dot /= diagonal[c] * w[c * n + c];
                for (i = c; i < m; i++) q[i * n + j] += dot * w[i * n + c];
            }
    }
    for (c = 0; c < n; c++) {
        w[c * n + c] = fabs(diagonal[c]);
        if (diagonal[c] < 0) {
            for (j = c + 1; j < n; j++) w[c * n + j] = -w[c * n + j];
            for (i = 0; q != NULL && i < m; i++) q[i * n + c] = -q[i * n + c];
        }
    }
}

/* == qr_q: qr finite == */
static void sg_qr_q(ptrdiff_t m, ptrdiff_t n, const double *a, double *out, double *w)
{
    if (sg_finite(m * n, a)) sg_qr(m, n, a, out, w);
    else sg_fill(m * n, NAN, out);
}

/* == qr_r: qr finite == */
static void sg_qr_r(ptrdiff_t m, ptrdiff_t n, const double *a, double *out, double *w)
{
    ptrdiff_t i, j;
    if (sg_finite(m * n, a)) sg_qr(m, n, a, NULL, w);
    else sg_fill(m * n, NAN, w);
    for (i = 0; i < n; i++)
        for (j = 0; j < n; j++) out[i * n + j] = i <= j ? w[i * n + j] : 0;
}

/* == orient == */
static double sg_orient(ptrdiff_t count, ptrdiff_t step, const double *x)
{
    /* The sign that makes the first entry within 10 % of the largest positive. */
    double top = 0;
    ptrdiff_t i;
    for (i = 0; i < count; i++) top = fmax(top, fabs(x[i * step]));
    for (i = 0; i < count; i++)
        if (fabs(x[i * step]) >= 0.9 * top) return x[i * step] < 0 ? -1 : 1;
    return 1;
}

/* == eigh: orient fill finite == */
static void sg_eigh(ptrdiff_t n, const double *a, double *values, double *vectors, double *w)
{
    /* Jacobi's rotations of the symmetric part; eigenvalues ascending. */
    ptrdiff_t i, j, k, sweep, least;
    if (!sg_finite(n * n, a)) {
        sg_fill(n, NAN, values);
        sg_fill(n * n, NAN, vectors);
        return;
    }
    sg_fill(n * n, 0, vectors);
    for (i = 0; i < n; i++) {
        vectors[i * n + i] = 1;
        for (j = 0; j < n; j++) w[i * n + j] = (a[i * n + j] + a[j * n + i]) / 2;
    }
    for (sweep = 0; sweep < 60; sweep++) {
        int moved = 0;
        for (i = 0; i < n; i++)
            for (j = i + 1; j < n; j++) {
                double off = w[i * n + j], theta, t, c, s, x, y;
                if (fabs(off) <= 0x1p-54 * sqrt(fabs(w[i * n + i])) * sqrt(fabs(w[j * n + j])) || fabs(off) < 0x1p-1000) continue;
                moved = 1;
                theta = (w[j * n + j] - w[i * n + i]) / (2 * off);
                t = copysign(1, theta) / (fabs(theta) + hypot(1, theta));
                c = 1 / hypot(1, t);
                s = t * c;
                for (k = 0; k < n; k++) {
                    x = w[k * n + i];
                    y = w[k * n + j];
                    w[k * n + i] = c * x - s * y;
                    w[k * n + j] = s * x + c * y;
                }
                for (k = 0; k < n; k++) {
                    x = w[i * n + k];
                    y = w[j * n + k];
                    w[i * n + k] = c * x - s * y;
                    w[j * n + k] = s * x + c * y;
                    x = vectors[k * n + i];
                    y = vectors[k * n + j];
                    vectors[k * n + i] = c * x - s * y;
                    vectors[k * n + j] = s * x + c * y;
                }
                w[i * n + j] = w[j * n + i] = 0;
            }
        if (!moved) break;
    }
    for (i = 0; i < n; i++) values[i] = w[i * n + i];
    for (i = 0; i < n; i++) {
        double t;
        least = i;
        for (j = i + 1; j < n; j++)
            if (values[j] < values[least]) least = j;
        t = values[i], values[i] = values[least], values[least] = t;
        for (k = 0; k < n && least != i; k++)
            t = vectors[k * n + i], vectors[k * n + i] = vectors[k * n + least], vectors[k * n + least] = t;
        t = sg_orient(n, n, vectors + i);
        for (k = 0; k < n; k++) vectors[k * n + i] *= t;
    }
}

/* == eigh_values: eigh == */
static void sg_eigh_values(ptrdiff_t m, ptrdiff_t n, const double *a, double *out, double *w)
{
    sg_eigh(m, a, out, w, w + n * n);
}

/* == eigh_vectors: eigh == */
static void sg_eigh_vectors(ptrdiff_t m, ptrdiff_t n, const double *a, double *out, double *w)
{
    sg_eigh(m, a, w, out, w + n);
}

/* == resolution == */
static double sg_resolution(ptrdiff_t n, const double *values)
{
    /* The distance below which values count as equal. */
    double top = 0;
    ptrdiff_t i;
    for (i = 0; i < n; i++) top = isnan(values[i]) ? values[i] : fmax(top, fabs(values[i]));
    return 10.0 * (double)n * 0x1p-52 * top;
}

/* == zero_jump: resolution == */
static void sg_zero_jump(ptrdiff_t n, const double *values, double *out)
{
    double limit = sg_resolution(n, values);
    ptrdiff_t i;
    for (i = 0; i < n; i++) out[i] = fabs(values[i]) > limit ? 0 : NAN;
}

/* == gap_reciprocals: resolution == */
static void sg_gap_reciprocals(ptrdiff_t n, int squared, const double *values, double *out)
{
    double limit = sg_resolution(n, values), gap;
    ptrdiff_t i, j;
    for (i = 0; i < n; i++)
        for (j = 0; j < n; j++) {
            gap = values[j] - values[i];
            out[i * n + j] = i == j ? 0 : fabs(gap) <= limit ? NAN : 1 / (squared ? gap * (values[j] + values[i]) : gap);
        }
}

/* == share_ties: resolution == */
static void sg_share_ties(ptrdiff_t n, int vanishing, const double *values, const double *g, double *out)
{
    double limit = sg_resolution(n, values);
    ptrdiff_t i, j, end;
    for (i = 0; i < n; i = end) {
        double sum = g[i];
        for (end = i + 1; end < n && !(fabs(values[end] - values[end - 1]) > limit); end++) sum += g[end];
        if (end > i + 1) sum /= (double)(end - i);
        for (j = i; j < end; j++) out[j] = vanishing && values[j] <= limit ? sum - sum : sum;
    }
}
