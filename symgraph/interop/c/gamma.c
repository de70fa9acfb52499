/* The gamma function's family, in C99. Sections are read by symgraph.interop.c_functions. */

/* == psi == */
static double sg_psi(double x)
{
    /* Recurrence up to 12, then the asymptotic series; reflection on the left. */
    static const double c[8] = {1.0 / 12, -1.0 / 120, 1.0 / 252, -1.0 / 240, 1.0 / 132, -691.0 / 32760, 1.0 / 12,
                                -3617.0 / 8160};
    double sum = 0, z, power;
    int k;
    if (x == 0) return copysign(INFINITY, -x);
    if (x < 0) {
        double turn = x - 2 * floor(x / 2);
        if (x == floor(x) || isinf(x)) return NAN;
        sum = -0x1.921fb54442d18p+1 / tan(0x1.921fb54442d18p+1 * (turn > 1 ? turn - 1 : turn));
        x = 1 - x;
    }
    if (isinf(x)) return x;
    for (; x < 12; x += 1) sum -= 1 / x;
    z = 1 / (x * x);
    power = z;
    for (k = 0; k < 8; k++, power *= z) sum -= c[k] * power;
    return sum + log(x) - 0.5 / x;
}

/* == zeta == */
static double sg_zeta(double s, double q)
{
    /* Hurwitz's zeta function by Euler's and Maclaurin's formula; c holds B(2k)/(2k)!. */
    static const double c[10] = {1.0 / 12,
                                 -1.0 / 720,
                                 1.0 / 30240,
                                 -1.0 / 1209600,
                                 1.0 / 47900160,
                                 -691.0 / 1307674368000.0,
                                 1.0 / 74724249600.0,
                                 -3617.0 / 10670622842880000.0,
                                 43867.0 / 5109094217170944000.0,
                                 -174611.0 / 802857662698291200000.0};
    double sum = 0, factor, power;
    int k;
    if (isnan(s) || isnan(q) || s < 1) return NAN;
    if (s == 1) return INFINITY;
    if (isinf(q)) return q > 0 ? 0 : NAN;
    if (q <= 0) {
        if (q == floor(q)) return INFINITY;
        if (s != floor(s)) return NAN;
    }
    for (; q < 12 + s / 2; q += 1) {
        power = pow(q, -s);
        sum += power;
        if (q > 1 && power < sum * 0x1p-70) return sum;
    }
    power = pow(q, -s);
    sum += power * q / (s - 1) + power / 2;
    factor = s;
    power /= q;
    for (k = 0; k < 10; k++) {
        sum += c[k] * factor * power;
        factor *= (s + 2 * k + 1) * (s + 2 * k + 2);
        power /= q * q;
    }
    return sum;
}

/* == rgamma == */
static double sg_rgamma(double x)
{
    if (x <= 0 && x == floor(x)) return 0;
    if (x > 170) return exp(-lgamma(x));
    return 1 / tgamma(x);
}

/* == signgamma == */
static double sg_signgamma(double x)
{
    return x > 0 || fmod(floor(x), 2) == 0 ? 1 : -1;
}

/* == stirling == */
static double sg_stirling(double x)
{
    /* What Stirling's formula for log Gamma(x) lacks, for x >= 10. */
    double z = 1 / (x * x);
    return (1.0 / 12 - z * (1.0 / 360 - z * (1.0 / 1260 - z * (1.0 / 1680 - z * (1.0 / 1188 - z * 691.0 / 360360))))) / x;
}

/* == betaln: stirling == */
static double sg_betaln(double a, double b)
{
    double c = a > b ? b : a, d = a > b ? a : b;
    if (c > 0 && isinf(d)) return -d;
    if (c >= 10)
        return (c - 0.5) * log(c / (c + d)) - d * log1p(c / d) - 0.5 * log(d) + 0x1.d67f1c864beb5p-1 + sg_stirling(c)
               + (sg_stirling(d) - sg_stirling(c + d));
    if (c > 0 && d >= 10)
        return lgamma(c) + (c - (d - 0.5) * log1p(c / d) - c * log(c + d)) + (sg_stirling(d) - sg_stirling(c + d));
    return lgamma(a) + lgamma(b) - lgamma(a + b);
}

/* == beta: betaln signgamma == */
static double sg_beta(double a, double b)
{
    if (fabs(a) < 80 && fabs(b) < 80 && a + b != floor(a + b)) return tgamma(a) / tgamma(a + b) * tgamma(b);
    if (a > 0 && b > 0 && a + b < 160) return tgamma(a) / tgamma(a + b) * tgamma(b);
    if ((a <= 0 && a == floor(a)) || (b <= 0 && b == floor(b))) return NAN;
    return sg_signgamma(a) * sg_signgamma(b) * sg_signgamma(a + b) * exp(sg_betaln(a, b));
}

/* == gammapower: stirling == */
static double sg_gammapower(double a, double x)
{
    /* x^a exp(-x) / Gamma(a + 1): for large a around x = a, by Stirling's series and log(1 + m) - m. */
    double m, s, z, sum, power;
    int k;
    if (a < 10) return exp(a * log(x) - x) / tgamma(a + 1);
    m = (x - a) / a;
    if (fabs(m) < 0.3) {
        s = m / (2 + m);
        z = s * s;
        power = s * z;
        sum = 0;
        for (k = 3; k < 40; k += 2, power *= z) sum += power / k;
        sum = 2 * sum - 2 * z / (1 - s);
    } else {
        sum = log(x / a) - m;
    }
    return exp(a * sum - sg_stirling(a)) / sqrt(2 * 0x1.921fb54442d18p+1 * a);
}

/* == gammaratio: gammapower == */
static double sg_gammaratio(double a, double x, int upper)
{
    /* The incomplete gamma functions divided by Gamma(a): a series below a + 1, a continued fraction above. */
    double sum, term, c, d, b, change;
    int k;
    if (isnan(a) || isnan(x) || a < 0 || x < 0) return NAN;
    if (a == 0) return x > 0 ? !upper : NAN;
    if (x == 0) return upper;
    if (isinf(a)) return isinf(x) ? NAN : upper;
    if (isinf(x)) return !upper;
    if (x < a + 1) {
        sum = term = 1;
        for (k = 1; k < 100000 && term > sum * 0x1p-56; k++) {
            term *= x / (a + k);
            sum += term;
        }
        sum *= sg_gammapower(a, x);
        return upper ? 1 - sum : sum;
    }
    b = x + 1 - a;
    c = 0x1p+1000;
    sum = d = 1 / b;
    for (k = 1; k < 100000; k++) {
        b += 2;
        d = b - k * (k - a) * d;
        c = b - k * (k - a) / c;
        if (fabs(d) < 0x1p-1000) d = 0x1p-1000;
        if (fabs(c) < 0x1p-1000) c = 0x1p-1000;
        d = 1 / d;
        change = c * d;
        sum *= change;
        if (fabs(change - 1) < 0x1p-54) break;
    }
    sum *= sg_gammapower(a, x) * a;
    return upper ? sum : 1 - sum;
}

/* == gammainc: gammaratio == */
static double sg_gammainc(double a, double x)
{
    return sg_gammaratio(a, x, 0);
}

/* == gammaincc: gammaratio == */
static double sg_gammaincc(double a, double x)
{
    return sg_gammaratio(a, x, 1);
}

/* == betainc: beta betaln == */
static double sg_betainc(double a, double b, double x)
{
    /* The continued fraction on the side of the mean where it converges quickly. */
    double c, d, h, part, front;
    int k, turned;
    if (isnan(a) || isnan(b) || isnan(x) || a <= 0 || b <= 0 || x < 0 || x > 1) return NAN;
    if (x == 0 || x == 1) return x;
    front = a + b < 160 ? pow(x, a) * exp(b * log1p(-x)) / sg_beta(a, b) : exp(a * log(x) + b * log1p(-x) - sg_betaln(a, b));
    turned = x > (a + 1) / (a + b + 2);
    if (turned) {
        c = a;
        a = b;
        b = c;
        x = 1 - x;
    }
    c = 1;
    d = 1 - (a + b) * x / (a + 1);
    if (fabs(d) < 0x1p-1000) d = 0x1p-1000;
    h = d = 1 / d;
    for (k = 1; k < 100000; k++) {
        part = k * (b - k) * x / ((a + 2 * k - 1) * (a + 2 * k));
        d = 1 + part * d;
        c = 1 + part / c;
        if (fabs(d) < 0x1p-1000) d = 0x1p-1000;
        if (fabs(c) < 0x1p-1000) c = 0x1p-1000;
        d = 1 / d;
        h *= d * c;
        part = -(a + k) * (a + b + k) * x / ((a + 2 * k) * (a + 2 * k + 1));
        d = 1 + part * d;
        c = 1 + part / c;
        if (fabs(d) < 0x1p-1000) d = 0x1p-1000;
        if (fabs(c) < 0x1p-1000) c = 0x1p-1000;
        d = 1 / d;
        h *= d * c;
        if (fabs(d * c - 1) < 0x1p-53) break;
    }
    return turned ? 1 - front * h / a : front * h / a;
}
