// Pieces that several text forms share: blanks, decimals, `name(argument, argument)`.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "region-node/base/quantity_text.h"
#include "region-node/base/result.h"

namespace gtsim::language {

[[nodiscard]] inline Error wrong(std::string what) {
  return Error{Errc::kInput, std::move(what)};
}

using gtsim::split_unit;
using gtsim::trim;

// Digits with at most one point in them: "12", "0.5". No sign, no exponent, no inf or nan.
[[nodiscard]] std::optional<double> parse_decimal(std::string_view text);

struct Call {
  std::string_view name;
  std::vector<std::string_view> arguments;  // trimmed
};
// `name(a, b)`; nothing when `text` has another form.
[[nodiscard]] std::optional<Call> parse_call(std::string_view text);

}  // namespace gtsim::language
