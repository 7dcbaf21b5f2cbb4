#include "coordinator/pattern/record_field.h"

#include <array>
#include <optional>
#include <string_view>

#include "coordinator/pattern/pattern_compiler.h"
#include "region-node/stream/record_view.h"

namespace gtsim::pattern {
namespace {

using MaybeText = std::optional<std::string_view>;

bool holds(const PatternLeaf& leaf, MaybeText value) {
  return value ? leaf.holds({LeafKind::kString, *value}) : leaf.accepts_absent;
}

template <std::size_t N>
RecordField with_mask(RecordPlace place, const PatternLeaf& leaf,
                      const std::array<MaybeText, N>& values) {
  RecordField field{place, 0, 0};
  for (std::size_t i = 0; i < N; ++i) {
    if (holds(leaf, values[i])) field.truth_mask |= static_cast<std::uint8_t>(1U << i);
  }
  return field;
}

RecordField constant(const PatternLeaf& leaf, MaybeText value) {
  return with_mask<1>(RecordPlace::kConstant, leaf, {value});
}

std::array<MaybeText, 3> principals() {
  return {std::nullopt, principal_of(RecordIdentity::kTimeToLive),
          principal_of(RecordIdentity::kReplication)};
}

std::array<MaybeText, 4> view_types() {
  return {to_text(StreamViewType::kKeysOnly), to_text(StreamViewType::kNewImage),
          to_text(StreamViewType::kOldImage), to_text(StreamViewType::kNewAndOldImages)};
}

}  // namespace

RecordField locate_in_record(const PatternLeaf& leaf) {
  const std::string_view path = leaf.path;
  if (path == "eventName") {
    return with_mask<3>(RecordPlace::kEvent, leaf, {"INSERT", "MODIFY", "REMOVE"});
  }
  if (path == "eventSource") return constant(leaf, "aws:dynamodb");
  if (path == "eventVersion") return constant(leaf, "1.1");
  if (path == "origin.kind") {
    return with_mask<3>(RecordPlace::kOrigin, leaf, {"APPLICATION", "REPLICATION", std::nullopt});
  }
  if (path == "userIdentity.type") {
    return with_mask<3>(RecordPlace::kIdentity, leaf, {std::nullopt, "Service", "Service"});
  }
  if (path == "userIdentity.principalId") {
    return with_mask<3>(RecordPlace::kIdentity, leaf, principals());
  }
  if (path == "dynamodb.StreamViewType") {
    return with_mask<4>(RecordPlace::kViewType, leaf, view_types());
  }
  constexpr std::pair<std::string_view, RecordPlace> kPlaces[] = {
      {"awsRegion", RecordPlace::kRegion},
      {"eventSourceARN", RecordPlace::kStreamArn},
      {"eventID", RecordPlace::kEventId},
      {"origin.region", RecordPlace::kOriginRegion},
      {"origin.version.region", RecordPlace::kOriginRegion},
      {"origin.version.timestamp", RecordPlace::kOriginTime},
      {"dynamodb.ApproximateCreationDateTime", RecordPlace::kCreationTime},
      {"dynamodb.SizeBytes", RecordPlace::kSizeBytes},
      {"dynamodb.SequenceNumber", RecordPlace::kSequenceNumber}};
  for (const auto& [name, place] : kPlaces) {
    if (path == name) return {place, 0, 0};
  }
  constexpr std::pair<std::string_view, RecordPlace> kImages[] = {
      {"dynamodb.Keys.", RecordPlace::kKeys},
      {"dynamodb.NewImage.", RecordPlace::kNewImage},
      {"dynamodb.OldImage.", RecordPlace::kOldImage}};
  for (const auto& [prefix, place] : kImages) {
    if (!path.starts_with(prefix)) continue;
    if (path.find('.', prefix.size()) == std::string_view::npos) break;  // no type: not a leaf
    return {place, 0, static_cast<std::uint32_t>(prefix.size())};
  }
  return constant(leaf, std::nullopt);
}

}  // namespace gtsim::pattern
