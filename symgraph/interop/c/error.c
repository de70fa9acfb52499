/* The error function's family, in C99. Sections are read by symgraph.interop.c_functions. */

/* == expsquare == */
static double sg_expsquare(double x, int sign)
{
    /* exp(sign*x*x): what rounding of the square loses is put back. */
    double high = x * x, low = fma(x, x, -high);
    double value = exp(sign * high);
    return isinf(value) || value == 0 ? value : value + value * (sign * low);
}

/* == erfcx: expsquare == */
static double sg_erfcx(double x)
{
    /* exp(x*x) erfc(x); the asymptotic series from 10 on. */
    double z, sum = 1, term = 1;
    int k;
    if (x < 10) return x < -27 ? INFINITY : sg_expsquare(x, 1) * erfc(x);
    if (isinf(x)) return 0;
    z = 0.5 / x / x;
    for (k = 1; k < 12; k++) {
        term *= -(2 * k - 1) * z;
        sum += term;
    }
    return sum / x * 0x1.20dd750429b6dp-1;
}

/* == dawsn: expsquare == */
static double sg_dawsn(double x)
{
    /* exp(-x*x) times a series of positive terms; the asymptotic series from 7 on. */
    double z = x * x, sum = 1, term = 1;
    int k;
    if (isnan(x)) return x;
    if (fabs(x) < 7) {
        for (k = 1; k < 400; k++) {
            term *= z / k;
            sum += term / (2 * k + 1);
            if (term < sum * 0x1p-60) break;
        }
        return x * sum * sg_expsquare(x, -1);
    }
    z = 0.5 / x / x;
    for (k = 1; k < 24; k++) {
        term *= (2 * k - 1) * z;
        sum += term;
    }
    return 0.5 / x * sum;
}

/* == erfcinv: expsquare == */
static double sg_erfcinv(double z)
{
    /* A rational start (Abramowitz and Stegun 26.2.23), then Halley's method. */
    double x, t, step;
    int k;
    if (isnan(z) || z < 0 || z > 2) return NAN;
    if (z == 0) return INFINITY;
    if (z == 2) return -INFINITY;
    if (z > 1) return -sg_erfcinv(2 - z);
    if (z == 1) return 0;
    t = sqrt(-2 * log(z / 2));
    x = t - (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)));
    x *= 0x1.6a09e667f3bcdp-1;
    for (k = 0; k < 4; k++) {
        step = (erfc(x) - z) / (0x1.20dd750429b6dp+0 * sg_expsquare(x, -1));
        x += step / (1 - x * step);
    }
    return x;
}

/* == erfinv: erfcinv expsquare == */
static double sg_erfinv(double y)
{
    double x, step;
    int k;
    if (isnan(y) || fabs(y) > 1) return NAN;
    if (y > 0.6) return sg_erfcinv(1 - y);
    if (y < -0.6) return -sg_erfcinv(1 + y);
    x = 0x1.c5bf891b4ef6bp-1 * y * (1 + 0.2618 * y * y);
    for (k = 0; k < 4; k++) {
        step = (erf(x) - y) / (0x1.20dd750429b6dp+0 * sg_expsquare(x, -1));
        x -= step / (1 + x * step);
    }
    return x;
}

/* == ndtri: erfinv erfcinv == */
static double sg_ndtri(double p)
{
    if (p > 0.25 && p < 0.75) return 0x1.6a09e667f3bcdp+0 * sg_erfinv(2 * p - 1);
    return -0x1.6a09e667f3bcdp+0 * sg_erfcinv(2 * p);
}

/* == log_ndtr: erfcx == */
static double sg_log_ndtr(double x)
{
    if (x < -1) return isinf(x) ? x : log(sg_erfcx(-x * 0x1.6a09e667f3bcdp-1) / 2) - x * x / 2;
    return log1p(-erfc(x * 0x1.6a09e667f3bcdp-1) / 2);
}

/* == ndtr == */
static double sg_ndtr(double x)
{
    return 0.5 * erfc(-x * 0x1.6a09e667f3bcdp-1);
}

/* == logit == */
static double sg_logit(double x)
{
    return x < 0.3 || x > 0.65 ? log(x / (1 - x)) : log1p(2 * (x - 0.5)) - log1p(-2 * (x - 0.5));
}

/* == gamma == */
static double sg_gamma(double x)
{
    return x < 0 && x == floor(x) ? NAN : tgamma(x);
}

/* == gammaln == */
static double sg_gammaln(double x)
{
    return lgamma(x);
}
