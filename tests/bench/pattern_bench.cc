// What filters cost: patterns of one to eight leaves over records with items of about 200 bytes, as
// a simulation matches them and as JSON text. A run of a million writes with five consumers asks
// five million times.
#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "coordinator/pattern/pattern_matcher.h"
#include "region-node/base/check.h"
#include "region-node/item/canonical.h"

namespace gtsim {
namespace {

constexpr const char* kEventNameAndHome =
    R"({"eventName":["INSERT","MODIFY"],"dynamodb":{"NewImage":{"home":{"S":["eu-west-1"]}}}})";
constexpr const char* kFourLeaves =
    R"({"eventName":["INSERT","MODIFY"],"eventSource":["aws:dynamodb"],"dynamodb":{"NewImage":{)"
    R"("home":{"S":["eu-west-1"]},"status":{"S":[{"prefix":"op"}]}}}})";
constexpr const char* kEightLeaves =
    R"({"eventName":["INSERT","MODIFY"],"eventSource":["aws:dynamodb"],)"
    R"("userIdentity":{"type":[{"exists":false}]},)"
    R"("dynamodb":{"Keys":{"PK":{"S":[{"prefix":"k"}]}},)"
    R"("NewImage":{"home":{"S":["eu-west-1"]},"status":{"S":[{"anything-but":"shut"}]},)"
    R"("counter":{"N":["42"]},"total":{"N":[{"exists":false}]}}}})";
constexpr const char* kOrOfImages =
    R"({"$or":[{"eventName":["MODIFY"],"dynamodb":{"NewImage":{"home":{"S":["x"]}}}},)"
    R"({"dynamodb":{"OldImage":{"home":{"S":["eu-west-1"]}}}}]})";
constexpr const char* kSameElement =
    R"({"dynamodb":{"NewImage":{"lines":{"L":{"M":{"sku":{"S":["c"]},"n":{"N":["3"]}}}}}}})";

class Sample {
 public:
  Sample() : stream_(options(), Instant{0}, WallTime{0}) {
    Item item{{"PK", AttributeValue::string("key-00012345")},
              {"counter", AttributeValue::number(Number::from_integer(42))},
              {"home", AttributeValue::string("eu-west-1")},
              {"payload", AttributeValue::string(std::string(120, 'x'))},
              {"status", AttributeValue::string("open")}};
    List lines;
    for (int i = 0; i < 3; ++i) {
      lines.push_back(AttributeValue::of(
          Map{{"n", AttributeValue::number(Number::from_integer(i + 1))},
              {"sku", AttributeValue::string(std::string(1, static_cast<char>('a' + i)))}}));
    }
    item.emplace("lines", AttributeValue::of(std::move(lines)));
    record_.new_image = Image::make(encode_item(item));
    item.insert_or_assign("counter", AttributeValue::number(Number::from_integer(41)));
    record_.old_image = Image::make(encode_item(item));
    record_.event = EventName::kModify;
    record_.version = {WallTime{1'767'225'600'000'000}, RegionId{0}};
    view_ = presenter_.present(record_, key_).front();
  }

  const RecordView& view() const { return view_; }
  RecordContext context() const { return {"eu-west-1", "arn", stream_, regions_, true}; }
  std::string text() const {
    std::string out;
    append_record_json(out, view_, context(), RecordForm::kLambdaEvent);
    return out;
  }

 private:
  static StreamOptions options() {
    StreamOptions made;
    made.label = "2026-01-01T00:00:00.000";
    return made;
  }

  std::vector<std::string> regions_ = {"eu-west-1", "us-east-1"};
  std::string key_ = encode_item(Item{{"PK", AttributeValue::string("key-00012345")}});
  Stream stream_;
  RecordPresenter presenter_{RecordProfile::k2019, StreamViewType::kNewAndOldImages, regions_};
  StreamRecord record_;
  RecordView view_;
};

EventPattern parsed(const char* text) {
  PatternResult pattern = EventPattern::parse(text);
  CHECK_DETAIL(pattern.has_value(), pattern.error().to_string());
  return std::move(*pattern);
}

void BM_MatchRecord(benchmark::State& state, const char* text) {
  const Sample sample;
  const RecordContext context = sample.context();
  PatternSet patterns;
  patterns.add(parsed(text));
  PatternMatcher matcher;
  CHECK(matcher.matches(patterns, sample.view(), context));
  for (auto _ : state) {
    benchmark::DoNotOptimize(matcher.matches(patterns, sample.view(), context));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK_CAPTURE(BM_MatchRecord, event_name_and_home, kEventNameAndHome);
BENCHMARK_CAPTURE(BM_MatchRecord, four_leaves, kFourLeaves);
BENCHMARK_CAPTURE(BM_MatchRecord, eight_leaves, kEightLeaves);
BENCHMARK_CAPTURE(BM_MatchRecord, or_of_images, kOrOfImages);
BENCHMARK_CAPTURE(BM_MatchRecord, same_element, kSameElement);

void BM_MatchEventText(benchmark::State& state, const char* text) {
  const std::string event = Sample().text();
  const EventPattern pattern = parsed(text);
  PatternMatcher matcher;
  CHECK(*matcher.matches(pattern, event));
  for (auto _ : state) benchmark::DoNotOptimize(matcher.matches(pattern, event));
  state.SetItemsProcessed(state.iterations());
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(event.size()));
}
BENCHMARK_CAPTURE(BM_MatchEventText, event_name_and_home, kEventNameAndHome);
BENCHMARK_CAPTURE(BM_MatchEventText, four_leaves, kFourLeaves);
BENCHMARK_CAPTURE(BM_MatchEventText, same_element, kSameElement);

void BM_ParsePattern(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(EventPattern::parse(kFourLeaves));
}
BENCHMARK(BM_ParsePattern);

}  // namespace
}  // namespace gtsim
