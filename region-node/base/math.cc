#include "region-node/base/math.h"

#include <array>
#include <bit>
#include <cstdint>

#include "region-node/base/check.h"

namespace gtsim {
namespace {

constexpr double kLn2 = 0.6931471805599453;
// ln2 in two parts: the first ends in so many zero bits that its product with an exponent is exact.
constexpr double kLn2High = 6.93147180369123816490e-01;
constexpr double kLn2Low = 1.90821492927058770002e-10;
constexpr double kSqrtHalf = 0.7071067811865476;
constexpr std::uint64_t kMantissaMask = (std::uint64_t{1} << 52) - 1;

// Coefficients of the series of artanh(s) / s in s^2, highest power first: 1/23, 1/21, ..., 1.
constexpr std::array<double, 12> kArtanh{1.0 / 23, 1.0 / 21, 1.0 / 19, 1.0 / 17, 1.0 / 15, 1.0 / 13,
                                         1.0 / 11, 1.0 / 9,  1.0 / 7,  1.0 / 5,  1.0 / 3,  1.0};

// 2^n for n in the range of normal doubles.
double power_of_two(int n) {
  return std::bit_cast<double>(static_cast<std::uint64_t>(n + 1023) << 52);
}

}  // namespace

double natural_log(double x) {
  CHECK(x > 0);
  int exponent = 0;
  if (x < 2.2250738585072014e-308) {  // subnormal: scale into the normal range first
    x *= power_of_two(54);
    exponent -= 54;
  }
  const auto bits = std::bit_cast<std::uint64_t>(x);
  exponent += static_cast<int>(bits >> 52) - 1022;
  double mantissa = std::bit_cast<double>((bits & kMantissaMask) | (std::uint64_t{1022} << 52));
  if (mantissa < kSqrtHalf) {
    mantissa *= 2;
    --exponent;
  }
  // ln(m) = 2 artanh(s) = 2 (s + s^3/3 + s^5/5 + ...), |s| < 0.1716.
  const double s = (mantissa - 1) / (mantissa + 1);
  const double square = s * s;
  double sum = 0;
  for (const double coefficient : kArtanh) sum = sum * square + coefficient;
  return 2 * s * sum + exponent * kLn2;
}

double exponential(double x) {
  if (x > 700) x = 700;
  if (x < -700) return 0;
  const double scaled = x / kLn2;
  const int n = static_cast<int>(scaled < 0 ? scaled - 0.5 : scaled + 0.5);
  const double rest = (x - n * kLn2High) - n * kLn2Low;  // |rest| <= ln2 / 2
  double sum = 1;
  for (int term = 16; term >= 1; --term) sum = 1 + sum * rest / term;
  return sum * power_of_two(n);
}

double power(double base, double exponent) {
  return exponent == 0 ? 1.0 : exponential(exponent * natural_log(base));
}

}  // namespace gtsim
