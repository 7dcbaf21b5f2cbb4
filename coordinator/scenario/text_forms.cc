#include "coordinator/scenario/text_forms.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>

#include "coordinator/scenario/text_scanner.h"
#include "coordinator/scenario/yaml_node.h"
#include "region-node/item/item_size.h"

namespace gtsim::language {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t factor;
};
constexpr std::int64_t kSecond = 1'000'000;
// The larger first: the order in which a duration may use them.
constexpr std::array<Unit, 6> kTimeUnits{{{"d", 86'400 * kSecond},
                                          {"h", 3600 * kSecond},
                                          {"m", 60 * kSecond},
                                          {"s", kSecond},
                                          {"ms", 1000},
                                          {"us", 1}}};
constexpr std::array<Unit, 4> kSizeUnits{
    {{"GB", 1 << 30}, {"MB", 1 << 20}, {"KB", 1 << 10}, {"B", 1}}};

Error too_long() {
  return wrong(fmt::format("longer than {}", to_text(kLongestDuration)));
}

// Takes one `number unit` off the front; adds it to `total`.
Result<void> take_part(std::string_view& text, std::size_t& next_unit, std::int64_t& total) {
  const std::size_t whole_end = std::min(text.find_first_not_of("0123456789"), text.size());
  std::size_t end = whole_end;
  std::string_view fraction;
  if (end < text.size() && text[end] == '.') {
    const std::size_t fraction_end =
        std::min(text.find_first_not_of("0123456789", end + 1), text.size());
    fraction = text.substr(end + 1, fraction_end - end - 1);
    if (fraction.empty()) return wrong("a digit is missing after the point");
    end = fraction_end;
  }
  if (whole_end == 0) return wrong("a number is missing");
  const std::size_t unit_end = std::min(text.find_first_of("0123456789.", end), text.size());
  const std::string_view name = text.substr(end, unit_end - end);
  if (name.empty()) return wrong("the unit is missing");
  std::size_t unit = 0;
  while (unit < kTimeUnits.size() && kTimeUnits[unit].name != name) ++unit;
  if (unit == kTimeUnits.size()) return wrong(fmt::format("`{}` is no unit of time", name));
  if (unit < next_unit) return wrong("the larger unit must come first, and none twice");
  next_unit = unit + 1;

  std::int64_t whole = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + whole_end, whole);
  const std::int64_t factor = kTimeUnits[unit].factor;
  if (parsed.ec != std::errc{} || whole > kLongestDuration.count() / factor) return too_long();
  std::int64_t part = whole * factor;
  std::int64_t place = factor;
  for (const char digit : fraction) {
    if (digit != '0' && place % 10 != 0) return wrong("finer than a microsecond");
    place /= 10;
    part += (digit - '0') * place;
  }
  total += part;
  if (total > kLongestDuration.count()) return too_long();
  text.remove_prefix(unit_end);
  return {};
}

Result<double> parse_number(std::string_view text, double largest) {
  const auto value = parse_decimal(text);
  if (!value) return wrong(fmt::format("`{}` is not a number", text));
  if (*value > largest) return wrong(fmt::format("more than {}", largest));
  return *value;
}

Error wrong_arguments(const Call& call, std::string_view expected) {
  return wrong(fmt::format("`{}` takes ({})", call.name, expected));
}

Result<Bound<std::int64_t>> parse_count_edge(std::string_view text) {
  auto value = parse_count(text);
  if (!value) return value.error();
  return Bound<std::int64_t>{*value, *value, {}};
}

Result<Bound<std::int64_t>> parse_duration_edge(std::string_view text) {
  auto value = parse_duration(text);
  if (!value) return value.error();
  return Bound<std::int64_t>{value->count(), value->count(), {}};
}

// Both kinds of bound are read as whole numbers, so that `<` means "at most one less".
template <class ParseEdge>
Result<Bound<std::int64_t>> parse_bound(std::string_view text, ParseEdge parse_edge) {
  text = trim(text);
  Bound<std::int64_t> bound;
  if (const std::size_t dots = text.find(".."); dots != std::string_view::npos) {
    auto low = parse_edge(trim(text.substr(0, dots)));
    if (!low) return low.error();
    auto high = parse_edge(trim(text.substr(dots + 2)));
    if (!high) return high.error();
    bound.minimum = low->minimum;
    bound.maximum = high->maximum;
  } else {
    std::string_view sign;
    for (const std::string_view candidate : {"==", "<=", ">=", "<", ">"}) {
      if (sign.empty() && text.starts_with(candidate)) sign = candidate;
    }
    auto edge = parse_edge(trim(text.substr(sign.size())));
    if (!edge) return edge.error();
    const std::int64_t value = *edge->minimum;
    if (sign.empty() || sign == "==" || sign.front() == '>') {
      bound.minimum = value + (sign == ">" ? 1 : 0);
    }
    if (sign.empty() || sign == "==" || sign.front() == '<') {
      bound.maximum = value - (sign == "<" ? 1 : 0);
    }
  }
  if (bound.maximum && *bound.maximum < bound.minimum.value_or(0)) {
    return wrong("no value can meet it");
  }
  bound.text = std::string(text);
  return bound;
}

}  // namespace

Result<Duration> parse_duration(std::string_view text) {
  if (text.starts_with('-')) return wrong("it must not be negative");
  if (text.empty()) return wrong("it is empty");
  std::int64_t total = 0;
  std::size_t next_unit = 0;
  while (!text.empty()) {
    auto taken = take_part(text, next_unit, total);
    if (!taken) return taken.error();
  }
  return Duration{total};
}

Result<Duration> parse_signed_duration(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  auto parsed = parse_duration(text);
  if (!parsed) return parsed.error();
  return negative ? -*parsed : *parsed;
}

Result<DelayModel> parse_delay(std::string_view text) {
  using Kind = DelayModel::Kind;
  text = trim(text);
  DelayModel model;
  if (text == "aws") {
    model.kind = Kind::kAws;
    return model;
  }
  const auto call = parse_call(text);
  if (!call) {
    auto constant = parse_duration(text);
    if (!constant) return constant.error();
    model.first = *constant;
    return model;
  }
  struct Form {
    std::string_view name;
    Kind kind;
    std::size_t arguments;
    std::string_view expected;
  };
  constexpr std::array<Form, 6> kForms{
      {{"constant", Kind::kConstant, 1, "delay"},
       {"uniform", Kind::kUniform, 2, "smallest, largest"},
       {"normal", Kind::kNormal, 2, "mean, standard deviation"},
       {"lognormal", Kind::kLogNormal, 2, "median, sigma"},
       {"pareto", Kind::kPareto, 2, "smallest, alpha"},
       {"empirical", Kind::kEmpirical, 0, "two or more ascending durations"}}};
  const Form* form = nullptr;
  for (const Form& candidate : kForms) {
    if (candidate.name == call->name) form = &candidate;
  }
  if (form == nullptr) return wrong(fmt::format("`{}` is no distribution", call->name));
  model.kind = form->kind;
  const bool shaped = form->kind == Kind::kLogNormal || form->kind == Kind::kPareto;
  const std::size_t given = call->arguments.size();
  if (form->kind == Kind::kEmpirical ? given < 2 || given > kMaxCallArguments
                                     : given != form->arguments) {
    return wrong_arguments(*call, form->expected);
  }
  std::vector<Duration> durations;
  for (std::size_t i = 0; i < (shaped ? 1 : given); ++i) {
    auto parsed = parse_duration(call->arguments[i]);
    if (!parsed) return parsed.error();
    durations.push_back(*parsed);
  }
  if (form->kind == Kind::kEmpirical) {
    for (std::size_t i = 1; i < durations.size(); ++i) {
      if (durations[i] < durations[i - 1]) return wrong("the durations must ascend");
    }
    model.points = std::move(durations);
    return model;
  }
  model.first = durations[0];
  if (durations.size() == 2) model.second = durations[1];
  if (form->kind == Kind::kUniform && model.second < model.first) {
    return wrong("the smallest is larger than the largest");
  }
  if (shaped) {
    auto shape = parse_number(call->arguments[1], 100);
    if (!shape) return shape.error();
    if (form->kind == Kind::kPareto && *shape <= 0) return wrong("alpha must be larger than 0");
    if (form->kind == Kind::kLogNormal && *shape > 5) return wrong("sigma must be at most 5");
    model.shape = *shape;
  }
  return model;
}

Result<double> parse_rate(std::string_view text) {
  text = trim(text);
  struct Per {
    std::string_view unit;
    double seconds;
  };
  for (const Per& per : {Per{"/s", 1}, Per{"/m", 60}, Per{"/h", 3600}}) {
    const auto number = split_unit(text, per.unit);
    if (!number) continue;
    auto value = parse_number(*number, kMaxRatePerSecond * per.seconds);
    if (!value) return value.error();
    if (*value <= 0) return wrong("it must be larger than 0");
    return *value / per.seconds;
  }
  return wrong(text.starts_with('-') ? "it must not be negative" : "`/s`, `/m` or `/h` is missing");
}

Result<std::int64_t> parse_whole_rate(std::string_view text) {
  auto rate = parse_rate(text);
  if (!rate) return rate.error();
  const double nearest = std::round(*rate);
  if (std::fabs(nearest - *rate) > 1e-9) return wrong("it must be a whole number per second");
  return static_cast<std::int64_t>(nearest);
}

Result<double> parse_share(std::string_view text) {
  const auto number = split_unit(trim(text), "%");
  if (!number) return wrong("`%` is missing");
  auto value = parse_number(*number, 100);
  if (!value) return value.error();
  return *value / 100;
}

Result<double> parse_drift(std::string_view text) {
  auto number = split_unit(trim(text), "ppm");
  if (!number) return wrong("`ppm` is missing");
  const bool negative = number->starts_with('-');
  if (negative || number->starts_with('+')) number->remove_prefix(1);
  auto value = parse_number(*number, kMaxDriftPpm);
  if (!value) return value.error();
  return negative ? -*value : *value;
}

Result<std::int64_t> parse_count(std::string_view text) {
  if (text.starts_with('-')) return wrong("it must not be negative");
  if (text.empty() || text.find_first_not_of("0123456789") != std::string_view::npos) {
    return wrong(fmt::format("`{}` is not a whole number", text));
  }
  std::int64_t value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  // A quarter of the range leaves room for the arithmetic of whoever counts.
  if (parsed.ec != std::errc{} || value > INT64_MAX / 4) return wrong("too large a number");
  return value;
}

Result<std::int64_t> parse_size(std::string_view text) {
  text = trim(text);
  for (const Unit& unit : kSizeUnits) {
    const auto number = split_unit(text, unit.name);
    if (!number) continue;
    auto value = parse_count(*number);
    if (!value) return value.error();
    if (*value > (std::int64_t{1} << 50) / unit.factor) return wrong("too large a size");
    return *value * unit.factor;
  }
  return parse_count(text);
}

Result<std::pair<std::int64_t, std::int64_t>> parse_size_range(std::string_view text) {
  const auto call = parse_call(text);
  if (!call) {
    auto size = parse_size(text);
    if (!size) return size.error();
    return std::pair{*size, *size};
  }
  if (call->name != "uniform")
    return wrong(fmt::format("`{}` is no distribution of sizes", call->name));
  if (call->arguments.size() != 2) return wrong_arguments(*call, "smallest, largest");
  auto smallest = parse_size(call->arguments[0]);
  if (!smallest) return smallest.error();
  auto largest = parse_size(call->arguments[1]);
  if (!largest) return largest.error();
  if (*smallest > *largest) return wrong("the smallest is larger than the largest");
  return std::pair{*smallest, *largest};
}

Result<std::int64_t> parse_bandwidth(std::string_view text) {
  const auto size = split_unit(trim(text), "/s");
  if (!size) return wrong("`/s` is missing");
  auto bytes = parse_size(*size);
  if (!bytes) return bytes.error();
  if (*bytes == 0) return wrong("it must be larger than 0");
  return *bytes;
}

Result<KeyDistribution> parse_key_distribution(std::string_view text) {
  using Kind = KeyDistribution::Kind;
  const auto call = parse_call(text);
  if (!call) return wrong("it is no call such as zipf(10000)");
  const std::size_t given = call->arguments.size();
  KeyDistribution keys;
  if (call->name == "uniform") {
    if (given != 1) return wrong_arguments(*call, "keys");
  } else if (call->name == "zipf") {
    keys.kind = Kind::kZipf;
    if (given > 2) return wrong_arguments(*call, "keys, exponent");
  } else if (call->name == "hot") {
    keys.kind = Kind::kHot;
    if (given != 3) return wrong_arguments(*call, "keys, hot keys, share of the traffic");
  } else {
    return wrong(fmt::format("`{}` is no distribution of keys", call->name));
  }
  auto count = parse_count(call->arguments[0]);
  if (!count) return count.error();
  if (*count < 1 || *count > kMaxKeys) return wrong(fmt::format("keys must be 1 to {}", kMaxKeys));
  keys.keys = *count;
  if (keys.kind == Kind::kZipf && given == 2) {
    auto exponent = parse_number(call->arguments[1], 10);
    if (!exponent) return exponent.error();
    keys.exponent = *exponent;
  }
  if (keys.kind == Kind::kHot) {
    auto hot = parse_count(call->arguments[1]);
    if (!hot) return hot.error();
    if (*hot < 1 || *hot > keys.keys) return wrong("hot keys must be 1 to the number of keys");
    auto share = parse_share(call->arguments[2]);
    if (!share) return share.error();
    keys.hot_keys = *hot;
    keys.hot_share = *share;
  }
  return keys;
}

Result<Bound<std::int64_t>> parse_count_bound(std::string_view text) {
  return parse_bound(text, parse_count_edge);
}

Result<Bound<Duration>> parse_duration_bound(std::string_view text) {
  auto bound = parse_bound(text, parse_duration_edge);
  if (!bound) return bound.error();
  Bound<Duration> out;
  if (bound->minimum) out.minimum = Duration{*bound->minimum};
  if (bound->maximum) out.maximum = Duration{*bound->maximum};
  out.text = std::move(bound->text);
  return out;
}

}  // namespace gtsim::language
