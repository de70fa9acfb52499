/* Bessel functions in C99. Sections are read by symgraph.interop.c_functions. */

/* == kve == */
static double sg_kve(double v, double x)
{
    /* exp(x) K(v, x): the trapezoidal rule for the integral of exp(-x (cosh t - 1)) cosh(vt) over t > 0. */
    double h, sum = 0.5, t, s, term;
    int k;
    if (isnan(v) || isnan(x) || x < 0) return NAN;
    if (x == 0) return INFINITY;
    if (isinf(x)) return 0;
    v = fabs(v);
    h = hypot(v, x);
    h = h > 6 ? 0.5 / sqrt(h) : 0.2;
    for (k = 1; k < 100000; k++) {
        t = k * h;
        s = sinh(t / 2);
        s = 2 * x * s * s;
        term = 0.5 * (exp(v * t - s) + exp(-v * t - s));
        sum += term;
        if (s > v * t + 1 && term < sum * 0x1p-60) break;
    }
    return sum * h;
}

/* == kv: kve == */
static double sg_kv(double v, double x)
{
    double value = sg_kve(v, x);
    return isinf(value) || isnan(value) ? value : exp(-x) * value;
}

/* == ive: kve == */
static double sg_ive(double v, double x)
{
    /* exp(-|x|) I(v, x): the ratio of neighbouring orders is a continued fraction of positive terms, and
       I(v) K(v + 1) + I(v + 1) K(v) = 1/x. */
    double r, u = fabs(v), value;
    int k, steps;
    if (isnan(v) || isnan(x)) return NAN;
    if (x < 0) {
        if (v != floor(v)) return NAN;
        value = sg_ive(v, -x);
        return fmod(v, 2) == 0 ? value : -value;
    }
    if (isinf(x)) return 0;
    if (x == 0) return v == 0 ? 1 : v > 0 || v == floor(v) ? 0 : INFINITY;
    steps = x < 1e6 ? 40 + (int)(2 * sqrt(x) * 8) + (int)(x < 50 ? x : 50) : 20000;
    r = 0;
    for (k = steps; k > 0; k--) r = 1 / (2 * (u + k) / x + r);
    value = sg_kve(u + 1, x);
    value = isinf(value) ? pow(x / 2, u) / tgamma(u + 1) : 1 / (x * (value + r * sg_kve(u, x)));
    if (v < 0 && v != floor(v))
        value -= 2 / 0x1.921fb54442d18p+1 * sin(v * 0x1.921fb54442d18p+1) * exp(-2 * x) * sg_kve(u, x);
    return value;
}

/* == iv: ive == */
static double sg_iv(double v, double x)
{
    double size = fabs(x);
    if (isinf(x)) return x > 0 || fmod(v, 2) == 0 ? INFINITY : v == floor(v) ? -INFINITY : NAN;
    return size < 700 ? exp(size) * sg_ive(v, x) : exp(size - 600) * sg_ive(v, x) * exp(600);
}

/* == i0: iv == */
static double sg_i0(double x)
{
    return sg_iv(0, x);
}

/* == i1: iv == */
static double sg_i1(double x)
{
    return sg_iv(1, x);
}

/* == k0: kv == */
static double sg_k0(double x)
{
    return sg_kv(0, x);
}

/* == k1: kv == */
static double sg_k1(double x)
{
    return sg_kv(1, x);
}

/* == spherical_in: iv == */
static double sg_spherical_in(double n, double x)
{
    /* sqrt(pi/(2x)) I(n + 1/2, x) for x > 0. */
    if (isinf(x)) return x;
    if (x == 0) return n == 0;
    return sqrt(0x1.921fb54442d18p+0 / x) * sg_iv(n + 0.5, x);
}

/* == spherical_jn == */
static double sg_spherical_jn(double n, double x)
{
    /* Upward recurrence where x > n; Miller's downward recurrence, scaled by the order 0 or 1, elsewhere. */
    double zero, one, before, here, next, found, at_one, k;
    if (isnan(x)) return x;
    if (isinf(x)) return 0;
    if (x == 0) return n == 0;
    zero = sin(x) / x;
    one = x < 0.1 ? x / 3 * (1 - x * x / 10 * (1 - x * x / 28 * (1 - x * x / 54 * (1 - x * x / 88)))) : (zero - cos(x)) / x;
    if (n == 0) return zero;
    if (n == 1) return one;
    if (x > n) {
        before = zero;
        here = one;
        for (k = 1; k < n; k++) {
            next = (2 * k + 1) / x * here - before;
            before = here;
            here = next;
        }
        return here;
    }
    before = 0;
    here = 0x1p-900;
    found = at_one = 0;
    for (k = n + 40 + (double)(int)x; k > 0; k--) {
        next = (2 * k + 1) / x * here - before;
        before = here;
        here = next;
        if (fabs(here) > 0x1p+200) {
            here *= 0x1p-600;
            before *= 0x1p-600;
            found *= 0x1p-600;
            at_one *= 0x1p-600;
        }
        if (k - 1 == n) found = here;
        if (k - 1 == 1) at_one = here;
    }
    return fabs(zero) > fabs(one) ? found / here * zero : found / at_one * one;
}

/* == besseljy == */
static void sg_besseljy(double v, double x, double *j, double *y)
{
    /* J(v, x) and Y(v, x) for v >= 0, x > 0. Large x: Hankel's asymptotic series. Otherwise two continued fractions
       (Steed), or one and the series for small x (N. M. Temme, J. Comput. Phys. 19, 1975). */
    const double pi = 0x1.921fb54442d18p+1;
    double mu, b, c, d, h, ratio, jl, jpl, fact, t, p, q, f, ymu, ynext, jmu, gamma, scale, sign = 1;
    int k, steps, n;
    if (x > 30 && x > v * v / 2) {
        double top = 4 * v * v, term = 1, even = 1, odd = 0, angle;
        for (k = 1; k < 200; k++) {
            t = term * (top - (2.0 * k - 1) * (2.0 * k - 1)) / (k * 8.0 * x);
            if (fabs(t) > fabs(term) || fabs(t) < 0x1p-60) break;
            term = t;
            if (k % 2) odd += k % 4 == 1 ? term : -term;
            else even += k % 4 == 0 ? term : -term;
        }
        angle = (v / 2 + 0.25) * pi;
        c = cos(x) * cos(angle) + sin(x) * sin(angle);
        d = sin(x) * cos(angle) - cos(x) * sin(angle);
        scale = sqrt(2 / (pi * x));
        *j = scale * (even * c - odd * d);
        *y = scale * (even * d + odd * c);
        return;
    }
    steps = x < 2 ? (int)(v + 0.5) : v - x + 1.5 > 0 ? (int)(v - x + 1.5) : 0;
    mu = v - steps;
    h = v / x;
    if (h < 0x1p-1000) h = 0x1p-1000;
    b = 2 * v / x;
    c = h;
    d = 0;
    for (k = 0; k < 1000000; k++) {
        b += 2 / x;
        d = b - d;
        if (fabs(d) < 0x1p-1000) d = 0x1p-1000;
        c = b - 1 / c;
        if (fabs(c) < 0x1p-1000) c = 0x1p-1000;
        d = 1 / d;
        h *= c * d;
        if (d < 0) sign = -sign;
        if (fabs(c * d - 1) < 0x1p-53) break;
    }
    jl = sign * 0x1p-900;
    jpl = h * jl;
    ratio = jl;
    fact = v / x;
    scale = 1;
    for (n = steps; n > 0; n--) {
        t = fact * jl + jpl;
        fact -= 1 / x;
        jpl = fact * t - jl;
        jl = t;
        if (fabs(jl) > 0x1p+900) {
            jl *= 0x1p-900;
            jpl *= 0x1p-900;
            ratio *= 0x1p-900;
        }
    }
    if (jl == 0) jl = 0x1p-1000;
    f = jpl / jl;
    if (x < 2) {
        double e = mu * log(2 / x), plus = 1 / tgamma(1 + mu), minus = 1 / tgamma(1 - mu), one, two, pp, qq, r, ff, sum, next, half;
        /* Temme's auxiliary functions; the difference quotient by its series near mu = 0. */
        two = (plus + minus) / 2;
        if (fabs(mu) < 0.1) {
            double z = mu * mu;
            one = -(0x1.2788cfc6fb619p-1 + z * (-0x1.5815e8fa27048p-5 + z * (-0x1.59af103c34092p-5 + z * (0x1.d919c527f60b2p-8
                    + z * (-0x1.c364fe6f1563dp-13 - z * 0x1.51ce8af47eabep-16)))));
        } else {
            one = (minus - plus) / (2 * mu);
        }
        t = pi * mu;
        fact = fabs(t) < 0x1p-40 ? 1 : t / sin(t);
        ff = 2 / pi * fact * (one * cosh(e) + two * (fabs(e) < 0x1p-40 ? 1 : sinh(e) / e) * log(2 / x));
        pp = exp(e) / (pi * plus);
        qq = exp(-e) / (pi * minus);
        half = t / 2;
        r = fabs(half) < 0x1p-40 ? 1 : sin(half) / half;
        r = pi * half * r * r;
        c = 1;
        d = -x * x / 4;
        sum = ff + r * qq;
        next = pp;
        for (k = 1; k < 1000; k++) {
            ff = (k * ff + pp + qq) / (k * (double)k - mu * mu);
            c *= d / k;
            pp /= k - mu;
            qq /= k + mu;
            t = c * (ff + r * qq);
            sum += t;
            next += c * pp - k * t;
            if (fabs(t) < fabs(sum) * 0x1p-54) break;
        }
        ymu = -sum;
        ynext = -next * 2 / x;
        t = mu / x * ymu - ynext;
        jmu = 2 / (pi * x) / (t - f * ymu);
    } else {
        double a = 0.25 - mu * mu, br = 2 * x, bi = 2, dr, di, cr, ci, size, er, ei, yprime;
        p = -0.5 / x;
        q = 1;
        fact = a / x / (p * p + q * q);
        cr = br + q * fact;
        ci = bi + p * fact;
        size = br * br + bi * bi;
        dr = br / size;
        di = -bi / size;
        er = cr * dr - ci * di;
        ei = cr * di + ci * dr;
        t = p * er - q * ei;
        q = p * ei + q * er;
        p = t;
        for (k = 2; k < 100000; k++) {
            a += 2 * (k - 1);
            bi += 2;
            dr = a * dr + br;
            di = a * di + bi;
            if (fabs(dr) + fabs(di) < 0x1p-1000) dr = 0x1p-1000;
            fact = a / (cr * cr + ci * ci);
            cr = br + cr * fact;
            ci = bi - ci * fact;
            if (fabs(cr) + fabs(ci) < 0x1p-1000) cr = 0x1p-1000;
            size = dr * dr + di * di;
            dr /= size;
            di /= -size;
            er = cr * dr - ci * di;
            ei = cr * di + ci * dr;
            t = p * er - q * ei;
            q = p * ei + q * er;
            p = t;
            if (fabs(er - 1) + fabs(ei) < 0x1p-53) break;
        }
        gamma = (p - f) / q;
        jmu = copysign(sqrt(2 / (pi * x) / ((p - f) * gamma + q)), jl);
        ymu = jmu * gamma;
        yprime = ymu * (p + q / gamma);
        if (gamma == 0) yprime = jmu * q;
        ynext = mu / x * ymu - yprime;
    }
    *j = ratio * (jmu / jl);
    for (k = 1; k <= steps; k++) {
        t = (mu + k) * 2 / x * ynext - ymu;
        ymu = ynext;
        ynext = t;
    }
    *y = ymu;
    (void)scale;
}

/* == jv: besseljy == */
static double sg_jv(double v, double x)
{
    double j, y;
    if (isnan(v) || isnan(x)) return NAN;
    if (x < 0) return v == floor(v) ? (fmod(v, 2) == 0 ? 1 : -1) * sg_jv(v, -x) : NAN;
    if (x == 0) return v == 0 ? 1 : v > 0 ? 0 : v != floor(v) ? INFINITY : fmod(v, 2) == 0 ? 0 : -0.0;
    if (isinf(x)) return 0;
    sg_besseljy(fabs(v), x, &j, &y);
    if (v >= 0) return j;
    if (v == floor(v)) return fmod(v, 2) == 0 ? j : -j;
    return cos(v * 0x1.921fb54442d18p+1) * j + sin(v * 0x1.921fb54442d18p+1) * y;
}

/* == yv: besseljy == */
static double sg_yv(double v, double x)
{
    double j, y;
    if (isnan(v) || isnan(x) || x < 0) return NAN;
    if (x == 0) return v < 0 && v == floor(v) && fmod(v, 2) != 0 ? INFINITY : -INFINITY;
    if (isinf(x)) return 0;
    sg_besseljy(fabs(v), x, &j, &y);
    if (v >= 0) return y;
    if (v == floor(v)) return fmod(v, 2) == 0 ? y : -y;
    return cos(v * 0x1.921fb54442d18p+1) * y - sin(v * 0x1.921fb54442d18p+1) * j;
}

/* == j0: jv == */
static double sg_j0(double x)
{
    return sg_jv(0, x);
}

/* == j1: jv == */
static double sg_j1(double x)
{
    return sg_jv(1, x);
}

/* == y0: yv == */
static double sg_y0(double x)
{
    return sg_yv(0, x);
}

/* == y1: yv == */
static double sg_y1(double x)
{
    return sg_yv(1, x);
}
