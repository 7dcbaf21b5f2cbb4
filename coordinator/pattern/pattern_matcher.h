// Matches event patterns: records of our own model without printing them, and events as JSON text
// without building anything of them. Both give the same answer for the same record.
//
// A document is seen as the reference engine sees it: every scalar has the path of the names above
// it, joined by dots; arrays add nothing to the path, so a leaf holds when any element does. Leaves
// that reach into the objects of one array must hold for the same element. An empty array or object
// has no value, so a field that holds one is absent.
//
// A matcher holds scratch memory and is used again and again by one thread.
#pragma once

#include <string>
#include <string_view>

#include "coordinator/pattern/event_pattern.h"
#include "coordinator/pattern/event_scan.h"
#include "region-node/base/result.h"
#include "region-node/stream/record_json.h"
#include "region-node/stream/record_view.h"

namespace gtsim {

class PatternMatcher {
 public:
  // Of the document that append_record_json prints with RecordForm::kLambdaEvent.
  [[nodiscard]] bool matches(const EventPattern& pattern, const RecordView& view,
                             const RecordContext& context);
  [[nodiscard]] bool matches(const PatternSet& patterns, const RecordView& view,
                             const RecordContext& context);

  // Of one event as JSON text. Errors (kInput) say where the text is not JSON: "3:17: expected
  // ...". A member that is given twice counts both times.
  [[nodiscard]] Result<bool> matches(const EventPattern& pattern, std::string_view event);
  [[nodiscard]] Result<bool> matches(const PatternSet& patterns, std::string_view event);

 private:
  [[nodiscard]] bool node_holds(const EventPattern& pattern, std::uint32_t index,
                                const RecordView& view, const RecordContext& context);
  [[nodiscard]] bool leaf_holds(const pattern::PatternLeaf& leaf, const RecordView& view,
                                const RecordContext& context);
  [[nodiscard]] bool number_holds(const pattern::PatternLeaf& leaf, std::int64_t value) const;
  [[nodiscard]] bool holds_for_elements(const EventPattern& pattern, const RecordView& view,
                                        const RecordContext& context);

  pattern::EventScan scan_;
  std::string text_;  // what a leaf reads that has to be computed
};

}  // namespace gtsim
