#include "region-node/transport/control_codec.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "region-node/base/check.h"
#include "region-node/base/quantity_text.h"
#include "region-node/config/node_settings.h"

namespace gtsim {
namespace {

namespace wire = replication::v1;
using Kind = ControlMessage::Kind;
using Phase = OperationPhase;

// --- Names on both sides

constexpr std::pair<Kind, wire::Control::Kind> kKinds[] = {
    {Kind::kRequest, wire::Control::REQUEST},
    {Kind::kDone, wire::Control::DONE},
    {Kind::kBusy, wire::Control::BUSY},
    {Kind::kRefused, wire::Control::REFUSED},
};
constexpr std::pair<OperationKind, wire::Control::OperationKind> kOperationKinds[] = {
    {OperationKind::kAddReplica, wire::Control::ADD_REPLICA},
    {OperationKind::kRemoveReplica, wire::Control::REMOVE_REPLICA},
    {OperationKind::kUpdateTable, wire::Control::UPDATE_TABLE},
};
// Not kFill, in which nobody is asked.
constexpr std::pair<Phase, wire::Control::Phase> kPhases[] = {
    {Phase::kReserve, wire::Control::RESERVE},  {Phase::kAdmit, wire::Control::ADMIT},
    {Phase::kJoin, wire::Control::JOIN},        {Phase::kMark, wire::Control::MARK},
    {Phase::kCatchUp, wire::Control::CATCH_UP}, {Phase::kLeave, wire::Control::LEAVE},
    {Phase::kPart, wire::Control::PART},        {Phase::kDrop, wire::Control::DROP},
    {Phase::kFinish, wire::Control::FINISH},    {Phase::kRelease, wire::Control::RELEASE},
    {Phase::kTell, wire::Control::TELL},
};
constexpr std::pair<StreamViewType, wire::Control::View> kViews[] = {
    {StreamViewType::kKeysOnly, wire::Control::KEYS_ONLY},
    {StreamViewType::kNewImage, wire::Control::NEW_IMAGE},
    {StreamViewType::kOldImage, wire::Control::OLD_IMAGE},
    {StreamViewType::kNewAndOldImages, wire::Control::NEW_AND_OLD_IMAGES},
};
// What whoever ordered may be told (order_outcome_of).
constexpr std::pair<Errc, wire::Control::Code> kCodes[] = {
    {Errc::kValidation, wire::Control::VALIDATION},
    {Errc::kResourceInUse, wire::Control::RESOURCE_IN_USE},
    {Errc::kResourceNotFound, wire::Control::RESOURCE_NOT_FOUND},
    {Errc::kUnavailable, wire::Control::UNAVAILABLE},
};

template <class Ours, class Theirs, std::size_t kCount>
Theirs to_wire(const std::pair<Ours, Theirs> (&names)[kCount], Ours ours) {
  for (const auto& [name, theirs] : names) {
    if (name == ours) return theirs;
  }
  CHECK_DETAIL(false, "no control plane says that to another region");
  return Theirs{};
}

// Nothing: it is unknown here.
template <class Ours, class Theirs, std::size_t kCount>
std::optional<Ours> from_wire(const std::pair<Ours, Theirs> (&names)[kCount], Theirs theirs) {
  for (const auto& [ours, name] : names) {
    if (name == theirs) return ours;
  }
  return std::nullopt;
}

// --- What belongs to what

bool has_places(Kind kind, Phase phase) {
  return kind == Kind::kRequest && (phase == Phase::kJoin || phase == Phase::kCatchUp);
}
bool has_view_and_copies(Kind kind, Phase phase) {
  return kind == Kind::kRequest && phase == Phase::kJoin;
}
bool must_have_settings(Phase phase) {
  return phase == Phase::kTell;
}
bool may_have_settings(Kind kind, Phase phase) {
  return must_have_settings(phase) || (kind == Kind::kRequest && phase == Phase::kJoin);
}
bool has_waits(Kind kind, Phase phase) {
  return kind == Kind::kRequest && phase == Phase::kReserve;
}
bool has_position(Kind kind, Phase phase) {
  if (kind == Kind::kRequest) return phase == Phase::kAdmit;
  return kind == Kind::kDone &&
         (phase == Phase::kReserve || phase == Phase::kAdmit || phase == Phase::kMark);
}

bool is_phase_of(OperationKind what, Phase phase) {
  switch (phase) {
    case Phase::kAdmit:
    case Phase::kJoin:
    case Phase::kFill:
    case Phase::kMark:
    case Phase::kCatchUp:
      return what == OperationKind::kAddReplica;
    case Phase::kLeave:
    case Phase::kPart:
    case Phase::kDrop:
      return what == OperationKind::kRemoveReplica;
    case Phase::kReserve:
    case Phase::kFinish:
    case Phase::kRelease:
    case Phase::kTell:
      return true;
  }
  return false;
}

// Whether a region is asked in a phase: the one that the operation is about, or another.
bool takes_part(OperationKind what, Phase phase, bool is_subject) {
  switch (phase) {
    case Phase::kReserve:
    case Phase::kLeave:
    case Phase::kRelease:
    case Phase::kTell:
      return true;
    case Phase::kJoin:
    case Phase::kCatchUp:
    case Phase::kDrop:
      return is_subject;
    case Phase::kAdmit:
    case Phase::kMark:
    case Phase::kPart:
      return !is_subject;
    case Phase::kFinish:
      return !is_subject || what != OperationKind::kRemoveReplica;
    case Phase::kFill:
      break;
  }
  return false;
}

// Never in the middle of a character.
std::string_view beginning_of(std::string_view text) {
  if (text.size() <= kMaxRefusalBytes) return text;
  std::size_t end = kMaxRefusalBytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end);
}

void encode_operation(const OperationId& id, wire::Control::Operation& out) {
  out.set_ordered_at_us(id.ordered_at.us);
  out.set_initiator(id.initiator.value());
  out.set_number(id.number);
}

OperationId decode_operation(const wire::Control::Operation& received, const FrameOrigin& origin) {
  return {Instant{received.ordered_at_us()}, origin.regions[received.initiator()],
          received.number()};
}

class ControlChecker {
 public:
  ControlChecker(const wire::Control& control, const FrameOrigin& origin)
      : control_(control), origin_(origin) {}

  Result<void> run() {
    if (check_names() && check_operation("operation", control_.operation()) && check_parts() &&
        check_places() && check_stream() && check_copies() && check_holder() && check_refusal() &&
        check_waits() && check_settings() && check_table_name()) {
      return {};
    }
    return Error{Errc::kInput, "control." + told_};
  }

 private:
  bool fail(std::string_view field, std::string_view what) {
    told_ = fmt::format("{}: {}", field, what);
    return false;
  }
  bool fail_unknown(std::string_view field, int value) {
    return fail(field, fmt::format("{} is unknown", value));
  }
  bool fail_unlisted(std::string_view field, std::uint32_t region) {
    return fail(field, fmt::format("{}, but Hello lists {}", region, origin_.regions.size()));
  }
  [[nodiscard]] bool is_listed(std::uint32_t region) const {
    return region < origin_.regions.size();
  }
  [[nodiscard]] bool is_request() const { return kind_ == Kind::kRequest; }

  bool check_names() {
    const auto kind = from_wire(kKinds, control_.kind());
    if (!kind) return fail_unknown("kind", control_.kind());
    const auto what = from_wire(kOperationKinds, control_.what());
    if (!what) return fail_unknown("what", control_.what());
    const auto phase = from_wire(kPhases, control_.phase());
    if (!phase) return fail_unknown("phase", control_.phase());
    kind_ = *kind;
    what_ = *what;
    phase_ = *phase;
    if (!is_phase_of(what_, phase_)) {
      return fail("phase",
                  fmt::format("{} has no {}", wire::Control::OperationKind_Name(control_.what()),
                              phase_name()));
    }
    // Later the initiator has nothing to take back.
    const bool turns_down = kind_ == Kind::kBusy || kind_ == Kind::kRefused;
    return !turns_down || phase_ == Phase::kReserve ||
           fail("kind", fmt::format("{} answers RESERVE, not {}",
                                    wire::Control::Kind_Name(control_.kind()), phase_name()));
  }
  [[nodiscard]] const std::string& phase_name() const {
    return wire::Control::Phase_Name(control_.phase());
  }

  bool check_operation(std::string_view field, const wire::Control::Operation& operation) {
    if (!is_listed(operation.initiator())) {
      return fail_unlisted(fmt::format("{}.initiator", field), operation.initiator());
    }
    if (!is_wire_time(operation.ordered_at_us())) {
      return fail(fmt::format("{}.ordered_at_us", field),
                  fmt::format("{} is no time", operation.ordered_at_us()));
    }
    return operation.number() != 0 || fail(fmt::format("{}.number", field), "0 is none");
  }

  // Who may say it, and to whom.
  bool check_parts() {
    const std::uint32_t initiator = control_.operation().initiator();
    if (origin_.regions[initiator] != (is_request() ? origin_.from : origin_.to)) {
      return fail("operation.initiator",
                  fmt::format("{} is not the region that {}", initiator,
                              is_request() ? "sends the request" : "receives the answer"));
    }
    if (!is_listed(control_.subject())) return fail_unlisted("subject", control_.subject());
    const RegionId asked = is_request() ? origin_.to : origin_.from;
    const bool is_subject = origin_.regions[control_.subject()] == asked;
    if (!takes_part(what_, phase_, is_subject)) {
      return fail("subject", fmt::format("{} is {}, {} is not for it", control_.subject(),
                                         is_subject ? "the region that is asked"
                                                    : "not the region that is asked",
                                         phase_name()));
    }
    return control_.position() == 0 || has_position(kind_, phase_) ||
           fail("position", "only a request ADMIT and answers to RESERVE, ADMIT and MARK have it");
  }

  bool check_places() {
    if (!control_.places().empty() && !has_places(kind_, phase_)) {
      return fail("places", "only requests JOIN and CATCH_UP have them");
    }
    if (!check_count("places", control_.places_size())) return false;
    std::vector<bool> seen(origin_.regions.size());
    for (int i = 0; i < control_.places_size(); ++i) {
      const std::uint32_t region = control_.places(i).region();
      if (!check_once("places", i, "region", region, seen)) return false;
      if (origin_.regions[region] == origin_.to) {
        return fail(fmt::format("places[{}].region", i),
                    fmt::format("{} is the region that receives", region));
      }
    }
    return true;
  }

  bool check_stream() {
    if (has_view_and_copies(kind_, phase_)) {
      return from_wire(kViews, control_.view()).has_value() ||
             fail_unknown("view", control_.view());
    }
    return control_.view() == wire::Control::VIEW_UNSPECIFIED ||
           fail("view", "only a request JOIN has it");
  }

  bool check_copies() {
    if (!control_.copies().empty() && !has_view_and_copies(kind_, phase_)) {
      return fail("copies", "only a request JOIN has them");
    }
    if (!check_count("copies", control_.copies_size())) return false;
    std::vector<bool> seen(origin_.regions.size());
    for (int i = 0; i < control_.copies_size(); ++i) {
      const wire::Control::Copy& copy = control_.copies(i);
      if (!is_listed(copy.source())) {
        return fail_unlisted(fmt::format("copies[{}].source", i), copy.source());
      }
      if (!check_once("copies", i, "replica", copy.replica(), seen)) return false;
      if (!is_wire_time(copy.added_at_us())) {
        return fail(fmt::format("copies[{}].added_at_us", i),
                    fmt::format("{} is no time", copy.added_at_us()));
      }
    }
    return true;
  }

  bool check_count(std::string_view field, int count) {
    return static_cast<std::size_t>(count) <= origin_.regions.size() ||
           fail(field,
                fmt::format("{}, but Hello lists {} regions", count, origin_.regions.size()));
  }
  bool check_once(std::string_view list, int index, std::string_view member, std::uint32_t region,
                  std::vector<bool>& seen) {
    if (!is_listed(region)) {
      return fail_unlisted(fmt::format("{}[{}].{}", list, index, member), region);
    }
    if (seen[region]) {
      return fail(fmt::format("{}[{}].{}", list, index, member),
                  fmt::format("{} is there twice", region));
    }
    seen[region] = true;
    return true;
  }

  bool check_holder() {
    if (kind_ != Kind::kBusy) {
      return !control_.has_holder() || fail("holder", "only BUSY has it");
    }
    if (!control_.has_holder()) return fail("holder", "missing");
    return check_operation("holder", control_.holder());
  }

  bool check_refusal() {
    if (kind_ != Kind::kRefused) {
      return !control_.has_refusal() || fail("refusal", "only REFUSED has it");
    }
    if (!control_.has_refusal()) return fail("refusal", "missing");
    const wire::Control::Refusal& refusal = control_.refusal();
    if (!from_wire(kCodes, refusal.code())) return fail_unknown("refusal.code", refusal.code());
    if (refusal.text().size() > kMaxRefusalBytes) {
      return fail("refusal.text", fmt::format("{} bytes, at most {} are allowed",
                                              refusal.text().size(), kMaxRefusalBytes));
    }
    // It is shown to people.
    return is_plain(refusal.text()) || fail("refusal.text", "a control character");
  }
  static bool is_plain(std::string_view text) {
    return std::none_of(text.begin(), text.end(), [](char c) {
      const auto byte = static_cast<unsigned char>(c);
      return byte < 0x20 || byte == 0x7F;
    });
  }

  bool check_waits() {
    if (control_.waits_us().empty()) return true;
    if (!has_waits(kind_, phase_)) return fail("waits_us", "only a request RESERVE has them");
    constexpr int kCount = std::tuple_size_v<OperationWaits>;
    if (control_.waits_us_size() != kCount) {
      return fail("waits_us", fmt::format("{}, expected {}", control_.waits_us_size(), kCount));
    }
    for (int i = 0; i < kCount; ++i) {
      const std::uint64_t wait = control_.waits_us(i);
      if (wait > static_cast<std::uint64_t>(kLongestDuration.count())) {
        return fail(fmt::format("waits_us[{}]", i),
                    fmt::format("{}, at most {} are allowed", wait, kLongestDuration.count()));
      }
    }
    return true;
  }

  bool check_settings() {
    if (!control_.has_settings()) {
      return !must_have_settings(phase_) || fail("settings", "missing");
    }
    if (!may_have_settings(kind_, phase_)) {
      return fail("settings", "only TELL, its answer and a request JOIN have them");
    }
    const wire::Control::Settings& settings = control_.settings();
    if (!check_operation("settings.version", settings.version())) return false;
    if (!settings.has_ttl_attribute()) return true;
    const std::string& attribute = settings.ttl_attribute();
    if (attribute.empty() || attribute.size() > kMaxTtlAttributeBytes) {
      return fail("settings.ttl_attribute", fmt::format("{} bytes, expected 1 to {}",
                                                        attribute.size(), kMaxTtlAttributeBytes));
    }
    return is_plain(attribute) || fail("settings.ttl_attribute", "a control character");
  }

  bool check_table_name() {
    const std::string& name = control_.table_name();
    if (name.empty()) return true;
    const bool is_answer_of_nobody = (kind_ == Kind::kDone && phase_ == Phase::kRelease) ||
                                     (kind_ == Kind::kRefused && phase_ == Phase::kReserve);
    if (!is_answer_of_nobody) {
      return fail("table_name", "only REFUSED to RESERVE and DONE to RELEASE have it");
    }
    return name.size() <= kMaxNameBytes ||
           fail("table_name",
                fmt::format("{} bytes, expected 1 to {}", name.size(), kMaxNameBytes));
  }

  const wire::Control& control_;
  const FrameOrigin& origin_;
  Kind kind_ = Kind::kRequest;
  OperationKind what_ = OperationKind::kAddReplica;
  Phase phase_ = Phase::kReserve;
  std::string told_;  // field and what is wrong with it
};

}  // namespace

void encode_control(const ControlMessage& message, wire::Control& out) {
  out.set_kind(to_wire(kKinds, message.kind));
  encode_operation(message.operation, *out.mutable_operation());
  out.set_what(to_wire(kOperationKinds, message.what));
  out.set_subject(message.subject.value());
  out.set_phase(to_wire(kPhases, message.phase));
  out.set_position(message.position);
  for (const ControlMessage::Place& place : message.places) {
    wire::Control::Place& added = *out.add_places();
    added.set_region(place.region.value());
    added.set_position(place.position);
  }
  if (has_view_and_copies(message.kind, message.phase)) {
    out.set_view(to_wire(kViews, message.view));
  }
  for (const TableView::Copy& copy : message.copies) {
    wire::Control::Copy& added = *out.add_copies();
    added.set_source(copy.source.value());
    added.set_replica(copy.replica.value());
    added.set_added_at_us(copy.added_at.us);
  }
  if (has_waits(message.kind, message.phase)) {
    for (const Duration wait : message.waits) {
      out.add_waits_us(static_cast<std::uint64_t>(wait.count()));
    }
  }
  if (message.settings) {
    encode_operation(message.settings->version, *out.mutable_settings()->mutable_version());
    if (message.settings->ttl_attribute) {
      out.mutable_settings()->set_ttl_attribute(*message.settings->ttl_attribute);
    }
  }
  if (message.kind == Kind::kBusy) encode_operation(message.holder, *out.mutable_holder());
  if (message.kind == Kind::kRefused) {
    out.mutable_refusal()->set_code(to_wire(kCodes, message.refusal.code));
    out.mutable_refusal()->set_text(std::string(beginning_of(message.refusal.detail)));
  }
}

std::size_t wire_bytes(const ControlMessage& message) {
  constexpr std::size_t kNumbersBytes = 96;  // tags, lengths and all that stands there once
  constexpr std::size_t kPlaceBytes = 17;
  constexpr std::size_t kCopyBytes = 20;
  constexpr std::size_t kWaitsBytes = 44;
  constexpr std::size_t kSettingsBytes = 48;
  std::size_t settings_bytes = 0;
  if (message.settings) {
    settings_bytes = kSettingsBytes + message.settings->ttl_attribute.value_or("").size();
  }
  constexpr std::size_t kTableBytes = 4;
  const std::size_t table_bytes =
      message.table == kUnknownTable ? kTableBytes + message.definition->name.size() : 0;
  return kNumbersBytes + kWaitsBytes + settings_bytes + table_bytes +
         message.places.size() * kPlaceBytes + message.copies.size() * kCopyBytes +
         beginning_of(message.refusal.detail).size();
}

Result<void> check_control(const wire::Control& control, const FrameOrigin& origin) {
  return ControlChecker(control, origin).run();
}

ControlMessage decode_control(const wire::Batch& batch, const FrameOrigin& origin) {
  const wire::Control& received = batch.control();
  const auto kind = from_wire(kKinds, received.kind());
  const auto what = from_wire(kOperationKinds, received.what());
  const auto phase = from_wire(kPhases, received.phase());
  CHECK_DETAIL(kind && what && phase, "a control message that was not checked");
  ControlMessage message;
  message.kind = *kind;
  message.from = origin.from;
  message.to = origin.to;
  message.operation = decode_operation(received.operation(), origin);
  message.what = *what;
  message.subject = origin.regions[received.subject()];
  message.phase = *phase;
  message.tries = batch.tries();
  message.position = received.position();
  for (const wire::Control::Place& place : received.places()) {
    message.places.push_back({origin.regions[place.region()], place.position()});
  }
  message.view = from_wire(kViews, received.view()).value_or(StreamViewType{});
  for (const wire::Control::Copy& copy : received.copies()) {
    message.copies.push_back({origin.regions[copy.source()], origin.regions[copy.replica()],
                              Instant{copy.added_at_us()}});
  }
  for (int i = 0; i < received.waits_us_size(); ++i) {
    message.waits[static_cast<std::size_t>(i)] =
        Duration{static_cast<std::int64_t>(received.waits_us(i))};
  }
  if (received.has_settings()) {
    GroupSettings& settings = message.settings.emplace();
    settings.version = decode_operation(received.settings().version(), origin);
    if (received.settings().has_ttl_attribute()) {
      settings.ttl_attribute = received.settings().ttl_attribute();
    }
  }
  if (received.has_holder()) message.holder = decode_operation(received.holder(), origin);
  if (received.has_refusal()) {
    message.refusal = {from_wire(kCodes, received.refusal().code()).value_or(Errc::kValidation),
                       received.refusal().text()};
  }
  return message;
}

}  // namespace gtsim
