#include "coordinator/language/values.h"

#include <algorithm>
#include <limits>

#include "coordinator/language/form_texts.h"
#include "coordinator/language/nearest_name.h"
#include "coordinator/language/text_scanner.h"
#include "coordinator/language/text_type.h"

namespace gtsim::language {
namespace {

// Of the functions of this name, the one for durations.
std::string duration_text(Duration duration) {
  return to_text(duration);
}

const char* const kDurationPattern = R"(^([0-9]+(\.[0-9]+)?(us|ms|s|m|h|d))+$)";

TextForm duration_form() {
  return {.name = "duration",
          .doc =
              "A length of time: numbers with units, the larger unit first. Units are `us`, `ms`, "
              "`s`, `m`, `h` and `d`; there is no default unit. Nothing is finer than a "
              "microsecond or longer than ten years (3650 days).",
          .forms = {"150ms", "1.5s", "4h", "24h55m"},
          .expected = "a duration such as 150ms, 4h",
          .pattern = kDurationPattern};
}

Type<Duration> bounded_duration(Duration shortest, std::string expected) {
  return mapped<Duration>(
      duration(),
      [shortest, expected = std::move(expected)](ReadContext& context, const Node& node,
                                                 Duration&& value, Duration& out) {
        if (value < shortest) {
          return context.error(node,
                               fmt::format("expected {}; found {}", expected, describe(node)));
        }
        out = value;
        return true;
      },
      AsItIs{});
}

}  // namespace

Type<Duration> duration() {
  return text_type<Duration>(duration_form(), parse_duration, duration_text);
}

Type<Duration> positive_duration() {
  return bounded_duration(Duration{1}, "a duration longer than 0s");
}

Type<Duration> duration_of_at_least(Duration shortest) {
  return bounded_duration(shortest, fmt::format("a duration of at least {}", to_text(shortest)));
}

Type<Duration> signed_duration() {
  return text_type<Duration>(
      {.name = "signed duration",
       .doc = "A [duration](#duration), with `-` in front when it goes backwards.",
       .forms = {"1s", "-250ms"},
       .expected = "a duration such as 1s, -250ms",
       .pattern = R"(^[+-]?([0-9]+(\.[0-9]+)?(us|ms|s|m|h|d))+$)"},
      parse_signed_duration, duration_text);
}

Type<WallTime> wall_time() {
  const auto parse = [](std::string_view text) -> Result<WallTime> {
    WallTime time;
    if (!parse_iso8601(text, time)) return wrong("it is no such time");
    constexpr std::int64_t kYear9000 = 221'845'392'000LL * 1'000'000;
    if (time.us < 0 || time.us > kYear9000) return wrong("it is before 1970 or after 8999");
    return time;
  };
  return text_type<WallTime>(
      {.name = "time",
       .doc = "A date and time in UTC, with up to six digits of fraction.",
       .forms = {"2026-01-01T00:00:00Z", "2026-03-29T00:59:59.5Z"},
       .expected = "a time such as 2026-01-01T00:00:00Z",
       .pattern = R"(^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?Z$)"},
      parse, [](WallTime time) {
        // As many digits of the second as there are.
        std::string text = to_iso8601(time, 6, /*zone_letter=*/false);
        text.erase(text.find_last_not_of('0') + 1);
        if (text.back() == '.') text.pop_back();
        return text + 'Z';
      });
}

Type<std::int64_t> whole_number(std::int64_t smallest, std::int64_t largest) {
  const bool bounded = largest < std::numeric_limits<std::int64_t>::max() / 4;
  std::string expected = fmt::format("a whole number from {}", smallest);
  if (bounded) expected += fmt::format(" to {}", largest);
  boost::json::object schema{{"type", "integer"}, {"minimum", smallest}};
  if (bounded) schema["maximum"] = largest;
  TypeText text{"number", expected, schema, {}};
  const auto parse = [smallest, largest](std::string_view written) -> Result<std::int64_t> {
    auto value = parse_count(written);
    if (!value) return value.error();
    if (*value < smallest) return wrong("too small");
    if (*value > largest) return wrong("too large");
    return *value;
  };
  auto read = scalar_reader<std::int64_t>(text, parse);
  return {std::move(text), std::move(read), scalar_printer<std::int64_t>([](std::int64_t value) {
            return fmt::format("{}", value);
          })};
}

Type<double> positive_number(double largest) {
  TypeText text{
      "number",
      fmt::format("a number above 0, up to {}", largest),
      boost::json::object{{"type", "number"}, {"exclusiveMinimum", 0}, {"maximum", largest}},
      {}};
  const auto parse = [largest](std::string_view written) -> Result<double> {
    const auto value = parse_decimal(written);
    if (!value) return wrong("it is not a plain decimal number");
    if (*value <= 0 || *value > largest) return wrong("out of range");
    return *value;
  };
  auto read = scalar_reader<double>(text, parse);
  return {std::move(text), std::move(read), scalar_printer<double>(decimal_text)};
}

Type<double> share() {
  return text_type<double>({.name = "share",
                            .doc = "A part of the whole, from `0%` to `100%`.",
                            .forms = {"1%", "0.1%"},
                            .expected = "a share such as 1%, 0.1%",
                            .pattern = R"(^[0-9]+(\.[0-9]+)? *%$)"},
                           parse_share, share_text);
}

Type<double> drift() {
  return text_type<double>(
      {.name = "drift",
       .doc =
           "How much faster (or, with `-`, slower) than right a clock runs, in parts per million: "
           "at `100ppm` it gains 100 µs each second. At most 100000ppm, nothing finer than "
           "0.001ppm.",
       .forms = {"50ppm", "-20ppm"},
       .expected = "a drift such as 50ppm, -20ppm",
       .pattern = R"(^[+-]?[0-9]+(\.[0-9]+)? *ppm$)"},
      parse_drift, drift_text);
}

Type<double> rate() {
  return text_type<double>({.name = "rate",
                            .doc = "So many per second, minute or hour; at least one in ten years.",
                            .forms = {"50/s", "30/m", "0.5/h"},
                            .expected = "a rate such as 50/s, 30/m",
                            .pattern = R"(^[0-9]+(\.[0-9]+)? */[smh]$)"},
                           parse_rate, rate_text);
}

Type<std::int64_t> whole_rate() {
  return text_type<std::int64_t>({.name = "whole rate",
                                  .doc = "A [rate](#rate) that is a whole number per second.",
                                  .forms = {"100/s", "6000/m"},
                                  .expected = "a whole rate such as 100/s",
                                  .pattern = R"(^[0-9]+(\.[0-9]+)? */[smh]$)"},
                                 parse_whole_rate, whole_rate_text);
}

Type<std::optional<std::int64_t>> rate_or_unlimited() {
  const auto parse = [](std::string_view text) -> Result<std::optional<std::int64_t>> {
    if (text == "unlimited") return std::optional<std::int64_t>{};
    auto rate = parse_whole_rate(text);
    if (!rate) return rate.error();
    return std::optional<std::int64_t>{*rate};
  };
  return text_type<std::optional<std::int64_t>>(
      {.name = "write capacity",
       .doc =
           "Write capacity units per second: a write costs one for each KB of its item, begun KBs "
           "counted whole.",
       .forms = {"100/s", "unlimited"},
       .expected = "a capacity such as 100/s, or unlimited",
       .pattern = R"(^([0-9]+(\.[0-9]+)? */[smh]|unlimited)$)"},
      parse, [](const std::optional<std::int64_t>& rate) {
        return rate ? whole_rate_text(*rate) : std::string("unlimited");
      });
}

Type<std::int64_t> bandwidth() {
  return text_type<std::int64_t>({.name = "bandwidth",
                                  .doc = "Bytes per second, with the units `B`, `KB` (1024 bytes), "
                                         "`MB` and `GB`.",
                                  .forms = {"10MB/s", "125KB/s"},
                                  .expected = "a bandwidth such as 10MB/s",
                                  .pattern = R"(^[0-9]+ *(B|KB|MB|GB)?/s$)"},
                                 parse_bandwidth, bandwidth_text);
}

Type<std::pair<std::int64_t, std::int64_t>> size_range() {
  return text_type<std::pair<std::int64_t, std::int64_t>>(
      {.name = "size",
       .doc = "Bytes, or a distribution of them. `KB` is 1024 bytes, as the service counts.",
       .forms = {"200", "1KB", "uniform(100, 400)"},
       .expected = "a size such as 200, 1KB, uniform(100, 400)",
       .pattern = R"(^([0-9]+ *(B|KB|MB|GB)?|uniform\([^()]+,[^()]+\))$)",
       .number = true},
      parse_size_range, size_range_text);
}

Type<KeyDistribution> key_distribution() {
  return text_type<KeyDistribution>(
      {.name = "key distribution",
       .doc =
           "How many keys there are and which ones are written: `uniform(keys)` all alike; "
           "`zipf(keys)` or `zipf(keys, exponent)` some more often, as in most real traffic "
           "(exponent "
           "1 when left out); `hot(keys, hot keys, share)` a few hot keys take that share of the "
           "traffic.",
       .forms = {"uniform(1000)", "zipf(10000)", "zipf(10000, 1.2)", "hot(1000, 10, 90%)"},
       .expected = "a key distribution such as uniform(1000), zipf(10000), hot(1000, 10, 90%)",
       .pattern = R"(^(uniform|zipf|hot)\([0-9][^()]*\)$)"},
      parse_key_distribution, key_distribution_text);
}

Type<Bound<std::int64_t>> count_bound() {
  return text_type<Bound<std::int64_t>>(
      {.name = "count bound",
       .doc =
           "What a count must be: a number, a comparison, or a range with both ends included. YAML "
           "wants quotes around what starts with `>`.",
       .forms = {"3", "== 3", "< 3", "<= 3", "\"> 3\"", "\">= 3\"", "1..5"},
       .expected = "a count such as 3, < 3, \">= 3\", 1..5",
       .pattern = R"(^((==|<|<=|>|>=)? *[0-9]+|[0-9]+ *\.\. *[0-9]+)$)",
       .number = true},
      parse_count_bound, [](const Bound<std::int64_t>& bound) { return bound.text; });
}

Type<Bound<Duration>> duration_bound() {
  return text_type<Bound<Duration>>(
      {.name = "duration bound",
       .doc = "What a [duration](#duration) must be, written as a [count bound](#count-bound).",
       .forms = {"< 2s", "<= 150ms", "\"> 1s\"", "1s..5s"},
       .expected = "a bound such as < 2s, 1s..5s",
       .pattern = R"(^(==|<|<=|>|>=)? *[0-9][0-9.a-z]*( *\.\. *[0-9][0-9.a-z]*)?$)"},
      parse_duration_bound, [](const Bound<Duration>& bound) { return bound.text; });
}

Type<bool> boolean() {
  TypeText text{"`true` or `false`", "true or false", boost::json::object{{"type", "boolean"}}, {}};
  auto read = [text](ReadContext& context, const Node& node, bool& out) {
    if (node.kind != NodeKind::kPlain || (node.text != "true" && node.text != "false")) {
      return mismatch(context, node, text);
    }
    out = node.text == "true";
    return true;
  };
  return {text, read, scalar_printer<bool>([](bool on) { return on ? "true" : "false"; })};
}

Type<std::string> text(std::string label, std::string expected, std::size_t longest) {
  TypeText words{
      std::move(label), std::move(expected), boost::json::object{{"type", "string"}}, {}};
  auto read = [words, longest](ReadContext& context, const Node& node, std::string& out) {
    if (!node.is_scalar() || node.text.empty()) return mismatch(context, node, words);
    if (node.text.size() > longest) {
      return context.error(node, fmt::format("expected {} of at most {} bytes; found {}",
                                             words.expected, longest, node.text.size()));
    }
    // Escapes in quotes can make them; they would reach terminals and file names.
    const auto is_control = [](char c) {
      return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
    };
    if (std::any_of(node.text.begin(), node.text.end(), is_control)) {
      return context.error(node, fmt::format("expected {} without control characters; found {}",
                                             words.expected, describe(node)));
    }
    out = node.text;
    return true;
  };
  return {words, read, [](const PrintContext&, const std::string& value) -> std::optional<Node> {
            return text_node(value);
          }};
}

Type<std::string> attribute_name() {
  constexpr std::size_t kLongest = 65'535;
  return text("attribute", "the name of an attribute", kLongest);
}

Type<std::string> one_of_words(const std::vector<std::string>& words) {
  TypeText text;
  boost::json::array values;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) {
      text.label += ", ";
      text.expected += i + 1 == words.size() ? " or " : ", ";
    }
    text.label += '`' + words[i] + '`';
    text.expected += words[i];
    values.emplace_back(words[i]);
  }
  text.schema = boost::json::object{{"enum", values}};
  auto read = [text, words](ReadContext& context, const Node& node, std::string& out) {
    if (!node.is_scalar()) return mismatch(context, node, text);
    if (std::find(words.begin(), words.end(), node.text) == words.end()) {
      const std::vector<std::string_view> names(words.begin(), words.end());
      return context.error(node, fmt::format("expected {}; found {}{}", text.expected,
                                             describe(node), did_you_mean(node.text, names)));
    }
    out = node.text;
    return true;
  };
  return {text, read, scalar_printer<std::string>([](const std::string& word) { return word; })};
}

Type<std::optional<StreamViewType>> view_type_or_off() {
  using View = std::optional<StreamViewType>;
  std::vector<std::pair<std::string, View>> values;
  for (const auto view : {StreamViewType::kNewAndOldImages, StreamViewType::kNewImage,
                          StreamViewType::kOldImage, StreamViewType::kKeysOnly}) {
    values.emplace_back(to_text(view), view);
  }
  values.emplace_back("off", std::nullopt);
  return keyword<View>(values);
}

Type<StreamViewType> view_type() {
  std::vector<std::pair<std::string, StreamViewType>> values;
  for (const auto view : {StreamViewType::kNewAndOldImages, StreamViewType::kNewImage,
                          StreamViewType::kOldImage, StreamViewType::kKeysOnly}) {
    values.emplace_back(to_text(view), view);
  }
  return keyword(values);
}

Type<WriteOutcome> outcome() {
  std::vector<std::pair<std::string, WriteOutcome>> values;
  for (int i = 0; i < kWriteOutcomeCount; ++i) {
    const auto value = static_cast<WriteOutcome>(i);
    values.emplace_back(to_text(value), value);
  }
  return keyword(values);
}

Type<std::string> step_outcome() {
  std::vector<std::string> words;
  for (int i = 0; i < kWriteOutcomeCount; ++i) {
    words.emplace_back(to_text(static_cast<WriteOutcome>(i)));
  }
  for (int i = 0; i < kOrderOutcomeCount; ++i) {
    const std::string word = to_text(static_cast<OrderOutcome>(i));
    if (std::find(words.begin(), words.end(), word) == words.end()) words.push_back(word);
  }
  return one_of_words(words);
}

Type<RegionId> region() {
  TypeText text{"region", "a region", boost::json::object{{"type", "string"}}, {}};
  auto read = [text](ReadContext& context, const Node& node, RegionId& out) {
    if (!node.is_scalar()) return mismatch(context, node, text);
    return context.find_region(node, node.text, out);
  };
  return {text, read,
          [](const PrintContext& context, const RegionId& region) -> std::optional<Node> {
            return text_node(context.name(region));
          }};
}

Type<TableId> table() {
  TypeText text{"table", "a table", boost::json::object{{"type", "string"}}, {}};
  auto read = [text](ReadContext& context, const Node& node, TableId& out) {
    if (!node.is_scalar()) return mismatch(context, node, text);
    return context.find_table(node, node.text, out);
  };
  return {text, read, [](const PrintContext& context, const TableId& table) -> std::optional<Node> {
            return text_node(context.name(table));
          }};
}

Type<std::vector<RegionId>> region_list() {
  return mapped<std::vector<RegionId>>(
      list_of(region(), "a list of regions"),
      [](ReadContext& context, const Node& node, std::vector<RegionId>&& regions,
         std::vector<RegionId>& out) {
        for (std::size_t i = 0; i < regions.size(); ++i) {
          if (std::find(regions.begin(), regions.begin() + static_cast<long>(i), regions[i]) !=
              regions.begin() + static_cast<long>(i)) {
            return context.error(
                node.items[i], fmt::format("region `{}` is named twice", context.name(regions[i])));
          }
        }
        std::sort(regions.begin(), regions.end());
        out = std::move(regions);
        return true;
      },
      AsItIs{});
}

Type<std::vector<RegionId>> regions_or_all() {
  TypeText text{"region or `all`", "a region, all", boost::json::object{{"type", "string"}}, {}};
  auto read = [text](ReadContext& context, const Node& node, std::vector<RegionId>& out) {
    out.clear();
    if (node.text == "all") return true;
    RegionId one;
    if (!context.find_region(node, node.text, one)) return false;
    out.push_back(one);
    return true;
  };
  auto print = [](const PrintContext& context,
                  const std::vector<RegionId>& regions) -> std::optional<Node> {
    if (regions.size() > 1) return std::nullopt;
    return regions.empty() ? plain_node("all") : text_node(context.name(regions.front()));
  };
  return by_shape<std::vector<RegionId>>(
      {.scalar = Type<std::vector<RegionId>>{text, read, print}, .list = region_list()});
}

Type<std::optional<std::vector<RegionId>>> regions_all_or_none() {
  using Regions = std::optional<std::vector<RegionId>>;
  const Type<std::vector<RegionId>> some = regions_or_all();
  TypeText text{"region, `all` or `none`",
                "a region, all, none",
                boost::json::object{{"type", "string"}},
                {}};
  auto read = [text, some](ReadContext& context, const Node& node, Regions& out) {
    out.reset();
    if (node.text == "none") return true;
    return some.read(context, node, out.emplace());
  };
  auto print = [some](const PrintContext& context, const Regions& regions) {
    return regions ? some.print(context, *regions) : plain_node("none");
  };
  return by_shape<Regions>(
      {.scalar = Type<Regions>{text, read, print},
       .list = mapped<Regions>(
           region_list(),
           [](std::vector<RegionId>&& regions) { return Regions{std::move(regions)}; },
           [](const Regions& regions) { return regions; })});
}

bool check_given_name(ReadContext& context, SourcePosition position, std::string_view what,
                      std::string_view name, std::size_t longest) {
  constexpr std::string_view kLetters =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
  if (!name.empty() && name.size() <= longest &&
      name.find_first_not_of(kLetters) == std::string_view::npos && name.front() != '-' &&
      name.front() != '.') {
    return true;
  }
  return context.error(
      position, fmt::format("{} is no name for a {}; expected up to {} letters, digits, `-`, "
                            "`_` and `.`",
                            quote_for_message(name), what, longest));
}

}  // namespace gtsim::language
