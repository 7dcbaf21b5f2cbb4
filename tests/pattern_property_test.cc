// The compiled matcher against the slow one: random patterns, random events and random records. The
// patterns are made from what is in an event, so that many of them hold.
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <string>
#include <vector>

#include "coordinator/pattern/pattern_matcher.h"
#include "region-node/base/random.h"
#include "region-node/item/canonical.h"
#include "tests/slow_matcher.h"

namespace gtsim {
namespace {

namespace json = boost::json;
using slow::Occurrence;

#if defined(__SANITIZE_ADDRESS__) || !defined(__OPTIMIZE__)
constexpr int kPatterns = 4'000;
#else
constexpr int kPatterns = 50'000;
#endif
constexpr int kEventsPerPattern = 10;

constexpr const char* kNames[] = {"a", "b", "c", "items"};
constexpr const char* kTexts[] = {"", "x", "xy", "X", "yx", "a*b", "10.0.0.7", "10.0.1.7", "1"};

template <class T, std::size_t N>
T pick(Random& random, T const (&from)[N]) {
  return from[random.below(N)];
}

json::value random_scalar(Random& random) {
  switch (random.below(8)) {
    case 0:
      return nullptr;
    case 1:
      return random.chance(0.5);
    case 2:
    case 3:
      return static_cast<std::int64_t>(random.below(5));
    default:
      return json::string(pick(random, kTexts));
  }
}

json::value random_value(Random& random, int depth);

json::object random_object(Random& random, int depth) {
  json::object object;
  for (std::uint64_t left = random.below(4); left != 0; --left) {
    object[pick(random, kNames)] = random_value(random, depth - 1);
  }
  // A dot in a name means the same as an object. Scalars only: which of two arrays with one path
  // counts is nobody's promise.
  if (random.chance(0.1)) object["a.b"] = random_scalar(random);
  return object;
}

json::value random_value(Random& random, int depth) {
  if (depth == 0 || random.chance(0.3)) return random_scalar(random);
  if (random.chance(0.4)) return random_object(random, depth);
  json::array array;
  for (std::uint64_t left = random.below(4); left != 0; --left) {
    array.push_back(random.chance(0.6) ? json::value(random_object(random, depth))
                                       : random_value(random, depth - 1));
  }
  return array;
}

// --- Patterns

class PatternMaker {
 public:
  PatternMaker(Random& random, const std::vector<Occurrence>& occurrences)
      : random_(random), occurrences_(occurrences) {}

  json::object pattern() { return fields(2, random_.below(3) + 1); }

 private:
  json::object fields(int depth, std::uint64_t count) {
    json::object out;
    for (; count != 0; --count) {
      if (depth > 0 && random_.chance(0.2)) {
        json::array branches;
        for (std::uint64_t left = 2 + random_.below(2); left != 0; --left) {
          branches.push_back(fields(depth - 1, random_.below(2) + 1));
        }
        out["$or"] = branches;
      } else {
        add_leaf(out);
      }
    }
    return out;
  }

  void add_leaf(json::object& out) {
    std::string path = random_.chance(0.5) ? "a.b" : "items.a";
    json::value value = random_scalar(random_);
    if (!occurrences_.empty() && random_.chance(0.9)) {
      const Occurrence& from = occurrences_[random_.below(occurrences_.size())];
      path = from.path;
      if (random_.chance(0.8)) value = from.value;
    }
    if (random_.chance(0.05)) path = path.substr(0, path.rfind('.'));
    json::array conditions;
    for (std::uint64_t left = 1 + random_.below(2); left != 0; --left) {
      conditions.push_back(condition(value));
      value = random_scalar(random_);
    }
    place(out, path, std::move(conditions));
  }

  // Splits the path at its dots, or at some of them only.
  void place(json::object& out, std::string_view path, json::array conditions) {
    for (std::size_t dot = path.find('.'); dot != path.npos; dot = path.find('.', dot + 1)) {
      if (random_.chance(0.1)) continue;
      json::value& inner = out[path.substr(0, dot)];
      if (!inner.is_object()) inner = json::object{};
      place(inner.get_object(), path.substr(dot + 1), std::move(conditions));
      return;
    }
    out[path] = std::move(conditions);
  }

  json::value text(const json::value& from) {
    return from.is_string() ? from : json::value(pick(random_, kTexts));
  }

  json::value wildcard(const json::value& from) {
    std::string made;
    for (const char c : slow::text_of(text(from))) {
      if (random_.chance(0.3)) {
        if (!made.ends_with('*') || made.ends_with("\\*")) made += '*';
        continue;
      }
      if (c == '*' || c == '\\') made += '\\';
      made += c;
    }
    if (!made.ends_with('*') && random_.chance(0.3)) made += '*';
    return json::value(made);
  }

  json::value affix(const json::value& from) {
    const std::string whole = slow::text_of(text(from));
    const json::value part(whole.substr(0, random_.below(whole.size() + 1)));
    if (random_.chance(0.3)) return json::object{{"equals-ignore-case", part}};
    return part;
  }

  json::value number(const json::value& from) {
    return from.is_number() ? from : json::value(static_cast<std::int64_t>(random_.below(5)));
  }

  json::array bounds(const json::value& from) {
    const std::int64_t value = number(from).to_number<std::int64_t>();
    switch (random_.below(4)) {
      case 0:
        return {"=", value};
      case 1:
        return {random_.chance(0.5) ? ">" : ">=", value - 1};
      case 2:
        return {random_.chance(0.5) ? "<" : "<=", value};
      default:
        return {random_.chance(0.5) ? ">" : ">=", value, "<=", value + 2};
    }
  }

  json::value anything_but(const json::value& from) {
    switch (random_.below(6)) {
      case 0:
        return json::array{text(from), number(from)};
      case 1:
        return json::object{{"equals-ignore-case", json::array{text(from), "q"}}};
      case 2:
        return json::object{{"wildcard", wildcard(from)}};
      case 3:
        return json::object{{random_.chance(0.5) ? "prefix" : "suffix", json::array{"x", "1"}}};
      case 4:
        return number(from);
      default:
        return text(from);
    }
  }

  json::value condition(const json::value& from) {
    switch (random_.below(14)) {
      case 0:
        return json::object{{"exists", true}};
      case 1:
        return json::object{{"exists", false}};
      case 2:
        return json::object{{"prefix", affix(from)}};
      case 3:
        return json::object{{"suffix", affix(from)}};
      case 4:
        return json::object{{"equals-ignore-case", text(from)}};
      case 5:
        return json::object{{"wildcard", wildcard(from)}};
      case 6:
        return json::object{{"numeric", bounds(from)}};
      case 7:
      case 8:
        return json::object{{"anything-but", anything_but(from)}};
      case 9:
        return json::object{{"cidr", random_.chance(0.5) ? "10.0.0.0/24" : "10.0.0.0/15"}};
      default:
        return from;
    }
  }

  Random& random_;
  const std::vector<Occurrence>& occurrences_;
};

struct Tally {
  int cases = 0;
  int held = 0;

  // Both outcomes must come often, or the test shows little.
  void expect_both() const {
    EXPECT_GT(cases, kPatterns);
    EXPECT_GT(held, cases / 10);
    EXPECT_LT(held, cases * 9 / 10);
  }
};

TEST(PatternProperty, TheCompiledMatcherAgreesWithTheSlowOneOnText) {
  Random random(20260101);
  PatternMatcher matcher;
  Tally tally;
  for (int i = 0; i < kPatterns; ++i) {
    const json::value first = random_object(random, 4);
    const std::vector<Occurrence> occurrences = slow::Flattening(first).occurrences;
    const json::object source = PatternMaker(random, occurrences).pattern();
    const std::string text = json::serialize(source);
    const PatternResult pattern = EventPattern::parse(text);
    ASSERT_TRUE(pattern) << text << "\n" << pattern.error().to_string();
    for (int k = 0; k < kEventsPerPattern; ++k) {
      const json::value event = k < 3 ? first : json::value(random_object(random, 4));
      const std::string event_text = json::serialize(event);
      const bool expected = slow::matches(source, slow::Flattening(event).occurrences);
      const Result<bool> found = matcher.matches(*pattern, event_text);
      ASSERT_TRUE(found) << event_text;
      ASSERT_EQ(*found, expected) << text << "\n" << event_text;
      ++tally.cases;
      tally.held += expected;
      if (k == 0) k = 2;  // the event it was made from once is enough
    }
  }
  tally.expect_both();
}

// --- Records

AttributeValue random_attribute(Random& random, int depth) {
  const auto text = [&] { return AttributeValue::string(pick(random, kTexts)); };
  const auto number = [&] {
    return *Number::parse(random.chance(0.3) ? "-1.50" : std::to_string(random.below(4)));
  };
  switch (random.below(depth == 0 ? 8 : 12)) {
    case 0:
      return AttributeValue::number(number());
    case 1:
      return AttributeValue::of(Binary{pick(random, kTexts)});
    case 2:
      return AttributeValue::boolean(random.chance(0.5));
    case 3:
      return AttributeValue::of(StringSet{pick(random, kTexts), "x"});
    case 4:
      return AttributeValue::of(NumberSet{number(), number()});
    case 5:
      return AttributeValue{};
    case 6:
    case 7:
      return text();
    case 8:
      return AttributeValue::of(Map{{pick(random, kNames), random_attribute(random, depth - 1)},
                                    {pick(random, kNames), random_attribute(random, depth - 1)},
                                    {"a.b", text()}});
    default: {
      List list;
      for (std::uint64_t left = random.below(4); left != 0; --left) {
        list.push_back(random_attribute(random, depth - 1));
      }
      return AttributeValue::of(std::move(list));
    }
  }
}

Item random_item(Random& random) {
  Item item{{"PK", AttributeValue::string(pick(random, kTexts))}};
  for (std::uint64_t left = random.below(5); left != 0; --left) {
    item.insert_or_assign(pick(random, kNames), random_attribute(random, 3));
  }
  if (random.chance(0.2)) item.insert_or_assign("a.b", AttributeValue::string("x"));
  return item;
}

class RandomRecord {
 public:
  explicit RandomRecord(Random& random)
      : stream_(options(random), Instant{0}, WallTime{0}),
        arn_(stream_arn("eu-west-1", "orders", stream_.label())) {
    record_.event = static_cast<EventName>(random.below(3));
    if (record_.event != EventName::kRemove) record_.new_image = image(random);
    if (record_.event != EventName::kInsert) record_.old_image = image(random);
    record_.version = {WallTime{static_cast<std::int64_t>(random.below(3)) * 1'000'001},
                       RegionId{static_cast<std::uint16_t>(random.below(2))}};
    record_.old_version = record_.version;
    record_.created_at = record_.version.timestamp;
    record_.origin = random.chance(0.5) ? OriginKind::kApplication : OriginKind::kReplication;
    record_.ttl_identity = random.chance(0.2);
    record_.number = random.below(3);
    with_origin_ = random.chance(0.7);
    profile_ = static_cast<RecordProfile>(random.below(3));
  }

  // Calls `visit(view, context)` for each record that a reader sees.
  template <class Visit>
  void each(Visit visit) const {
    const RecordContext context{"eu-west-1", arn_, stream_, kRegions, with_origin_};
    RecordPresenter presenter(profile_, stream_.view(), kRegions);
    for (const RecordView& view : presenter.present(record_, kKey)) visit(view, context);
  }

 private:
  static StreamOptions options(Random& random) {
    StreamOptions made;
    made.view = static_cast<StreamViewType>(random.chance(0.7) ? 3 : random.below(4));
    made.label = "2026-01-01T00:00:00.000";
    return made;
  }
  static Image image(Random& random) { return Image::make(encode_item(random_item(random))); }

  static inline const std::vector<std::string> kRegions = {"eu-west-1", "us-east-1"};
  static inline const std::string kKey = encode_item(Item{{"PK", AttributeValue::string("x")}});

  Stream stream_;
  std::string arn_;
  StreamRecord record_;
  RecordProfile profile_ = RecordProfile::k2019;
  bool with_origin_ = true;
};

TEST(PatternProperty, TheCompiledMatcherAgreesWithTheSlowOneOnRecords) {
  Random random(20260102);
  PatternMatcher matcher;
  Tally tally;
  for (int i = 0; i < kPatterns; ++i) {
    std::vector<Occurrence> occurrences;
    const RandomRecord first(random);
    const auto printed = [](const RecordView& view, const RecordContext& context) {
      std::string text;
      append_record_json(text, view, context, RecordForm::kLambdaEvent);
      return text;
    };
    first.each([&](const RecordView& view, const RecordContext& context) {
      occurrences = slow::Flattening(json::parse(printed(view, context))).occurrences;
    });
    const json::object source = PatternMaker(random, occurrences).pattern();
    const std::string text = json::serialize(source);
    const PatternResult pattern = EventPattern::parse(text);
    ASSERT_TRUE(pattern) << text << "\n" << pattern.error().to_string();
    const auto compare = [&](const RecordView& view, const RecordContext& context) {
      const std::string event = printed(view, context);
      const bool expected = slow::matches(source, slow::Flattening(json::parse(event)).occurrences);
      ASSERT_EQ(matcher.matches(*pattern, view, context), expected) << text << "\n" << event;
      ASSERT_EQ(*matcher.matches(*pattern, event), expected) << text << "\n" << event;
      ++tally.cases;
      tally.held += expected;
    };
    first.each(compare);
    for (int k = 1; k < kEventsPerPattern; ++k) RandomRecord(random).each(compare);
    if (HasFatalFailure()) return;
  }
  tally.expect_both();
}

}  // namespace
}  // namespace gtsim
