// The part of the linter that looks at leaves which must hold together.
#include <fmt/format.h>

#include <map>
#include <string>

#include "coordinator/pattern/attribute_type.h"
#include "coordinator/pattern/linter.h"
#include "region-node/stream/record.h"

namespace gtsim::pattern {
namespace {

constexpr std::uint8_t only(EventName event) {
  return static_cast<std::uint8_t>(1U << static_cast<unsigned>(event));
}

}  // namespace

void Linter::look_at_combinations() {
  // Many combinations share their leaves; what is told once is enough.
  std::vector<LintFinding> before = std::move(findings_);
  findings_.clear();
  for (const auto& leaves : pattern_.combinations()) {
    look_at_events(leaves);
    look_at_types(leaves);
  }
  std::map<std::pair<std::size_t, std::string>, LintFinding> once;
  for (LintFinding& finding : findings_) {
    const std::pair<std::size_t, std::string> key{finding.note.offset, finding.rule};
    once.emplace(key, std::move(finding));
  }
  findings_ = std::move(before);
  for (auto& [key, finding] : once) findings_.push_back(std::move(finding));
}

void Linter::look_at_events(const std::vector<std::uint32_t>& leaves) {
  std::uint8_t events = 7;
  for (const std::uint32_t index : leaves) {
    const PatternLeaf& leaf = pattern_.leaves()[index];
    if (leaf.field.place == RecordPlace::kEvent) events &= leaf.field.truth_mask;
  }
  // Once for each image is enough.
  bool told_new = false;
  bool told_old = false;
  for (const std::uint32_t index : leaves) {
    const PatternLeaf& leaf = pattern_.leaves()[index];
    const bool no_new =
        leaf.field.place == RecordPlace::kNewImage && events == only(EventName::kRemove);
    const bool no_old =
        leaf.field.place == RecordPlace::kOldImage && events == only(EventName::kInsert);
    if (!(no_new && !told_new) && !(no_old && !told_old)) continue;
    told_new = told_new || no_new;
    told_old = told_old || no_old;
    never_there(leaf, "image-not-carried", leaf.steps.back().offset,
                no_new ? "the pattern asks for REMOVE only, which has no NewImage"
                       : "the pattern asks for INSERT only, which has no OldImage",
                no_new ? "test OldImage, or Keys" : "test NewImage, or Keys");
  }
}

// An attribute, or an element of a list, has one type.
void Linter::look_at_types(const std::vector<std::uint32_t>& leaves) {
  std::map<std::string, std::string> type_at;
  for (const std::uint32_t index : leaves) {
    const PatternLeaf& leaf = pattern_.leaves()[index];
    const bool in_image = leaf.field.place == RecordPlace::kKeys ||
                          leaf.field.place == RecordPlace::kNewImage ||
                          leaf.field.place == RecordPlace::kOldImage;
    if (!in_image || leaf.accepts_absent) continue;
    const std::vector<PathStep> steps = record_steps(leaf);
    std::string place = steps[0].name + "." + steps[1].name;
    bool type_next = false;
    for (std::size_t i = 2; i < steps.size(); ++i) {
      if (!type_next) {
        place += "." + steps[i].name;
        type_next = true;
        continue;
      }
      const std::string& type = steps[i].name;
      if (!is_type_letter(type)) break;
      const auto [known, fresh] = type_at.emplace(place, type);
      if (!fresh && known->second != type) {
        add(LintSeverity::kError, "two-types", steps[i].offset, leaf.path,
            fmt::format("{} is asked to be {} and {} at once, so this never matches", place,
                        known->second, type),
            "put the two into branches of \"$or\"");
        break;
      }
      place += "." + type;
      type_next = type == "L";
    }
  }
}

}  // namespace gtsim::pattern
