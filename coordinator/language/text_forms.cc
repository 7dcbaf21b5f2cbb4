#include "coordinator/language/text_forms.h"

#include <fmt/format.h>

#include <array>

#include "coordinator/language/text_scanner.h"
#include "coordinator/language/yaml_node.h"
#include "region-node/item/item_size.h"

namespace gtsim::language {
namespace {

Result<double> parse_number(std::string_view text, double largest) {
  const auto value = parse_decimal(text);
  if (!value) return wrong(fmt::format("`{}` is not a number", text));
  if (*value > largest) return wrong(fmt::format("more than {}", largest));
  return *value;
}

// Whether only zeros stand after the first `digits` behind the point. Asked of the text, because a
// double may have rounded them away.
bool no_finer_than(std::string_view number, std::size_t digits) {
  const std::size_t point = number.find('.');
  if (point == std::string_view::npos || number.size() - point - 1 <= digits) return true;
  return number.find_first_not_of('0', point + 1 + digits) == std::string_view::npos;
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
    const double longest_gap_seconds = static_cast<double>(kLongestDuration.count()) / 1e6;
    if (*value * longest_gap_seconds < per.seconds) {
      return wrong(fmt::format("slower than once in {}", to_text(kLongestDuration)));
    }
    return *value / per.seconds;
  }
  return wrong(text.starts_with('-') ? "it must not be negative" : "`/s`, `/m` or `/h` is missing");
}

Result<std::int64_t> parse_whole_rate(std::string_view text) {
  auto rate = parse_rate(text);
  if (!rate) return rate.error();
  // By the digits: a double near to a whole number may have been rounded to it.
  const std::size_t slash = text.find('/');
  const std::string_view number = trim(text.substr(0, slash));
  const char unit = text[slash + 1];
  const std::int64_t seconds = unit == 's' ? 1 : unit == 'm' ? 60 : 3600;
  auto whole = parse_count(number.substr(0, number.find('.')));
  if (!whole) return whole.error();
  if (!no_finer_than(number, 0) || *whole % seconds != 0) {
    return wrong("it must be a whole number per second");
  }
  return *whole / seconds;
}

Result<double> parse_share(std::string_view text) {
  const auto number = split_unit(trim(text), "%");
  if (!number) return wrong("`%` is missing");
  auto value = parse_number(*number, 100);
  if (!value) return value.error();
  // The dice have 53 bits: something more seldom would never happen.
  constexpr double kSmallestShare = 0x1p-53;
  if (*value > 0 && *value / 100 < kSmallestShare) return wrong("so small a share never happens");
  return *value / 100;
}

Result<double> parse_drift(std::string_view text) {
  auto number = split_unit(trim(text), "ppm");
  if (!number) return wrong("`ppm` is missing");
  const bool negative = number->starts_with('-');
  if (negative || number->starts_with('+')) number->remove_prefix(1);
  auto value = parse_number(*number, kMaxDriftPpm);
  if (!value) return value.error();
  if (!no_finer_than(*number, 3)) return wrong("finer than 0.001ppm");
  return negative ? -*value : *value;
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
