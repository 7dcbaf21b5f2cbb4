// Why an event matches a pattern or does not: what each leaf found, and which leaf decided.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "coordinator/pattern/event_pattern.h"
#include "region-node/base/result.h"
#include "region-node/stream/record_json.h"
#include "region-node/stream/record_view.h"

namespace gtsim {

struct LeafExplanation {
  std::string path;
  std::string test;      // the alternatives as the pattern has them, without white space
  std::string expected;  // the same in words
  bool held = false;
  std::vector<std::string> values;  // the first few found there, as JSON
  std::size_t value_count = 0;      // all of them
  std::string absence;              // why there is none, where that can be told
  std::vector<bool> alternatives;   // which of the alternatives hold

  // `dynamodb.NewImage.home.S is "us-east-1", expected "eu-west-1"`
  [[nodiscard]] std::string to_string() const;
};

struct Explanation {
  bool matches = false;
  std::vector<LeafExplanation> leaves;  // as EventPattern::leaves()
  // The first leaf that failed, of the branch of $or that came closest; of a match the leaf that
  // let the event through. Nothing when only the list elements did not agree.
  std::optional<std::uint32_t> deciding;
  std::size_t failed = 0;  // leaves that did not hold
  std::string sentence;    // one line that tells the deciding leaf
};

[[nodiscard]] Result<Explanation> explain(const EventPattern& pattern, std::string_view event);
[[nodiscard]] Explanation explain(const EventPattern& pattern, const RecordView& view,
                                  const RecordContext& context);

// One short line on why the record passes or does not: the sentence of the first pattern that
// matches, else of the one that came closest.
[[nodiscard]] std::string deciding_leaf(const PatternSet& patterns, const RecordView& view,
                                        const RecordContext& context);

}  // namespace gtsim
