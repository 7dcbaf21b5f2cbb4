// Logarithm and exponential built from +, -, * and / only. IEEE 754 fixes the result of those to
// the last bit; it does not for the C library's functions, whose variants differ between machines.
// A digest that must be equal everywhere cannot rest on them.
#pragma once

namespace gtsim {

// REQUIRES: x > 0 and finite. Relative error below 1e-14.
[[nodiscard]] double natural_log(double x);
// Saturates at 0 and at infinity's neighbour outside about [-700, 700]. Relative error below 1e-14.
[[nodiscard]] double exponential(double x);
// base^exponent. REQUIRES: base > 0.
[[nodiscard]] double power(double base, double exponent);

}  // namespace gtsim
