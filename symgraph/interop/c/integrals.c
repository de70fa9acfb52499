/* Exponential, sine, cosine and elliptic integrals, and Lambert's W, in C99. Sections are read by
   symgraph.interop.c_functions. */

/* == exp1 == */
static double sg_exp1(double x)
{
    double sum, term, b, c, d, h;
    int k;
    if (isnan(x) || x < 0) return NAN;
    if (x == 0) return INFINITY;
    if (isinf(x)) return 0;
    if (x <= 1) {
        sum = -0x1.2788cfc6fb619p-1 - log(x);
        term = -1;
        for (k = 1; k < 40; k++) {
            term *= -x / k;
            sum += term / k;
        }
        return sum;
    }
    b = x + 1;
    c = 0x1p+1000;
    h = d = 1 / b;
    for (k = 1; k < 1000; k++) {
        b += 2;
        d = 1 / (b - (double)k * k * d);
        c = b - (double)k * k / c;
        h *= c * d;
        if (fabs(c * d - 1) < 0x1p-54) break;
    }
    return h * exp(-x);
}

/* == expi: exp1 == */
static double sg_expi(double x)
{
    double sum, term;
    int k;
    if (isnan(x)) return x;
    if (x < 0) return -sg_exp1(-x);
    if (x == 0) return -INFINITY;
    if (isinf(x)) return x;
    sum = 0;
    term = 1;
    if (x < 40) {
        for (k = 1; k < 300; k++) {
            term *= x / k;
            sum += term / k;
            if (term / k < sum * 0x1p-60) break;
        }
        return 0x1.2788cfc6fb619p-1 + log(x) + sum;
    }
    for (k = 1; k < 60; k++) {
        sum += term;
        if (term < 0x1p-60) break;
        term *= k / x;
    }
    return exp(x - 1) / x * sum * 0x1.5bf0a8b145769p+1;
}

/* == sici == */
static void sg_sici(double x, double *sine, double *cosine)
{
    /* Power series below 4; above, the continued fraction of E1(ix) by Lentz's method, in complex numbers. */
    double z = x * x, term, s, c, br, bi, cr, ci, dr, di, hr, hi, size, er, ei, a, t;
    int k;
    if (isinf(x)) {
        *sine = 0x1.921fb54442d18p+0;
        *cosine = 0;
        return;
    }
    if (x < 4) {
        s = c = 0;
        term = x;
        for (k = 1; k < 40; k++) {
            if (k % 2) s += (k % 4 == 1 ? term : -term) / k;
            else c += (k % 4 == 0 ? term : -term) / k;
            term *= x / (k + 1);
        }
        *sine = s;
        *cosine = 0x1.2788cfc6fb619p-1 + log(x) + c;
        return;
    }
    br = 1;
    bi = x;
    cr = 0x1p+500;
    ci = 0;
    dr = br / (br * br + bi * bi);
    di = -bi / (br * br + bi * bi);
    hr = dr;
    hi = di;
    for (k = 1; k < 1000; k++) {
        a = -(double)k * k;
        br += 2;
        dr = br + a * dr;
        di = bi + a * di;
        size = dr * dr + di * di;
        dr /= size;
        di /= -size;
        size = cr * cr + ci * ci;
        t = cr;
        cr = br + a * t / size;
        ci = bi - a * ci / size;
        er = cr * dr - ci * di;
        ei = cr * di + ci * dr;
        t = hr;
        hr = t * er - hi * ei;
        hi = t * ei + hi * er;
        if (fabs(er - 1) + fabs(ei) < 0x1p-53) break;
    }
    (void)z;
    s = sin(x);
    c = cos(x);
    *cosine = -(c * hr + s * hi);
    *sine = 0x1.921fb54442d18p+0 + (c * hi - s * hr);
}

/* == si: sici == */
static double sg_si(double x)
{
    double s, c;
    if (isnan(x) || x == 0) return x;
    sg_sici(fabs(x), &s, &c);
    return copysign(s, x);
}

/* == ci: sici == */
static double sg_ci(double x)
{
    double s, c;
    if (isnan(x) || x < 0) return NAN;
    if (x == 0) return -INFINITY;
    sg_sici(x, &s, &c);
    return c;
}

/* == ellip == */
static double sg_ellip(double m, int second)
{
    /* The arithmetic-geometric mean; of the second kind with the sum of the squared differences. */
    double a = 1, b, c, sum, power = 0.5, t;
    int k;
    if (isnan(m) || m > 1) return NAN;
    if (m == 1) return second ? 1 : INFINITY;
    if (isinf(m)) return second ? INFINITY : 0;
    b = sqrt(1 - m);
    sum = power * m;
    for (k = 0; k < 60; k++) {
        c = (a - b) / 2;
        t = (a + b) / 2;
        b = sqrt(a * b);
        a = t;
        power *= 2;
        sum += power * c * c;
        if (fabs(c) < a * 0x1p-54) break;
    }
    return 0x1.921fb54442d18p+0 / a * (second ? 1 - sum : 1);
}

/* == ellipk: ellip == */
static double sg_ellipk(double m)
{
    return sg_ellip(m, 0);
}

/* == ellipe: ellip == */
static double sg_ellipe(double m)
{
    /* For negative m the transformation to a positive one keeps the sum from cancelling. */
    return m < 0 ? sqrt(1 - m) * sg_ellip(m / (m - 1), 1) : sg_ellip(m, 1);
}

/* == lambertw == */
static double sg_lambertw(double x)
{
    /* The principal branch: a series at the branch point, a logarithm elsewhere, then Halley's method. */
    double w, e, f, p, step;
    int k;
    if (isnan(x) || x == 0 || (isinf(x) && x > 0)) return x;
    p = fma(0x1.5bf0a8b145769p+1, x, 1) + 0x1.4d57ee2b1013ap-53 * x;
    if (p < 0) return p < -0x1p-50 ? NAN : -1;
    p = sqrt(2 * p);
    if (p < 0.01) return -1 + p * (1 + p * (-1.0 / 3 + p * (11.0 / 72 + p * (-43.0 / 540 + p * (769.0 / 17280 + p * (-221.0 / 8505))))));
    w = x < 0 ? -1 + p * (1 + p * (-1.0 / 3 + p * 11.0 / 72)) : x < 3 ? 0.8 * log1p(x) : log(x) - log(log(x));
    for (k = 0; k < 20; k++) {
        e = exp(-w);
        f = w - x * e;
        step = f / (w + 1 - (w + 2) * f / (2 * w + 2));
        w -= step;
        if (fabs(step) < 0x1p-52 * fabs(w)) break;
    }
    return w;
}
