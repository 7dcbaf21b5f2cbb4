// A peer that says what no control plane would say is refused with a text that names the field;
// what the border lets through, no control plane dies of.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "region-node/base/random.h"
#include "region-node/control_plane/control_plane.h"
#include "region-node/table/memory_store.h"
#include "tests/transport_control_fixture.h"

namespace gtsim::transport_fixture {
namespace {

namespace wire = replication::v1;
using Kind = ControlMessage::Kind;
using Phase = OperationPhase;

struct Spoiled {
  const char* name;
  std::function<ControlMessage()> valid;
  std::function<void(wire::Batch&, wire::Control&)> spoil;
  const char* told;  // after "batches[0]."
};

ControlMessage request(OperationKind what, Phase phase, RegionId subject) {
  return from_frankfurt(Kind::kRequest, what, phase, subject);
}
ControlMessage done(OperationKind what, Phase phase, RegionId subject) {
  return from_frankfurt(Kind::kDone, what, phase, subject);
}
ControlMessage reserve() {
  return request(OperationKind::kAddReplica, Phase::kReserve, kVirginia);
}
ControlMessage admit() {
  return request(OperationKind::kAddReplica, Phase::kAdmit, kVirginia);
}
ControlMessage catch_up() {
  return request(OperationKind::kAddReplica, Phase::kCatchUp, kIreland);
}
ControlMessage leave() {
  return request(OperationKind::kRemoveReplica, Phase::kLeave, kIreland);
}
ControlMessage part() {
  return request(OperationKind::kRemoveReplica, Phase::kPart, kVirginia);
}
ControlMessage admitted() {
  return done(OperationKind::kAddReplica, Phase::kAdmit, kVirginia);
}
ControlMessage dropped() {
  return done(OperationKind::kRemoveReplica, Phase::kDrop, kFrankfurt);
}
ControlMessage refused_shortly() {
  return refused("no");
}

ControlMessage update_finished() {
  return request(OperationKind::kUpdateTable, Phase::kFinish, kFrankfurt);
}
ControlMessage tell() {
  ControlMessage made = request(OperationKind::kAddReplica, Phase::kTell, kFrankfurt);
  made.settings = GroupSettings{{Instant{7}, kVirginia, 1}, "expires_at"};
  return made;
}
ControlMessage told() {
  ControlMessage made = done(OperationKind::kAddReplica, Phase::kTell, kFrankfurt);
  made.settings = tell().settings;
  return made;
}

const std::vector<Spoiled>& spoiled_controls() {
  static const std::vector<Spoiled> kCases = {
      // The batch
      {"NoControl", reserve, [](auto& b, auto&) { b.clear_control(); }, "control: missing"},
      {"Changes", reserve, [](auto& b, auto&) { b.add_changes(); },
       "changes: a control message has none"},
      {"FirstPosition", reserve, [](auto& b, auto&) { b.set_first_position(1); },
       "first_position: a control message has none"},
      {"Gap", reserve, [](auto& b, auto&) { b.set_gap(true); },
       "gap: only an acknowledgement of changes has it"},
      {"HoldOff", reserve, [](auto& b, auto&) { b.set_hold_off_us(1); },
       "hold_off_us: only an acknowledgement of changes has it"},
      {"UnknownTable", reserve, [](auto& b, auto&) { b.set_table(2); },
       "table: 2, but there are 2"},
      {"TwoTables", refused_shortly,
       [](auto& b, auto& c) {
         b.set_table(1);
         c.set_table_name("carts");
       },
       "table: control.table_name says which"},
      {"NameInRequest", reserve,
       [](auto& b, auto& c) {
         b.set_table(0);
         c.set_table_name("carts");
       },
       "control.table_name: only REFUSED to RESERVE and DONE to RELEASE have it"},
      {"NameInDone", admitted,
       [](auto& b, auto& c) {
         b.set_table(0);
         c.set_table_name("carts");
       },
       "control.table_name: only REFUSED to RESERVE and DONE to RELEASE have it"},
      {"LongName", refused_shortly,
       [](auto& b, auto& c) {
         b.set_table(0);
         c.set_table_name(std::string(256, 'x'));
       },
       "control.table_name: 256 bytes, expected 1 to 255"},
      // Enumerations
      {"NoKind", reserve, [](auto&, auto& c) { c.clear_kind(); }, "control.kind: 0 is unknown"},
      {"UnknownKind", reserve,
       [](auto&, auto& c) { c.set_kind(static_cast<wire::Control::Kind>(5)); },
       "control.kind: 5 is unknown"},
      {"NegativeKind", reserve,
       [](auto&, auto& c) { c.set_kind(static_cast<wire::Control::Kind>(-1)); },
       "control.kind: -1 is unknown"},
      {"NoWhat", reserve, [](auto&, auto& c) { c.clear_what(); }, "control.what: 0 is unknown"},
      {"UnknownWhat", reserve,
       [](auto&, auto& c) { c.set_what(static_cast<wire::Control::OperationKind>(4)); },
       "control.what: 4 is unknown"},
      {"NoPhase", reserve, [](auto&, auto& c) { c.clear_phase(); }, "control.phase: 0 is unknown"},
      {"UnknownPhase", reserve,
       [](auto&, auto& c) { c.set_phase(static_cast<wire::Control::Phase>(12)); },
       "control.phase: 12 is unknown"},
      {"NoView", join, [](auto&, auto& c) { c.clear_view(); }, "control.view: 0 is unknown"},
      {"UnknownView", join,
       [](auto&, auto& c) { c.set_view(static_cast<wire::Control::View>(5)); },
       "control.view: 5 is unknown"},
      {"NoCode", refused_shortly, [](auto&, auto& c) { c.mutable_refusal()->clear_code(); },
       "control.refusal.code: 0 is unknown"},
      {"UnknownCode", refused_shortly,
       [](auto&, auto& c) { c.mutable_refusal()->set_code(static_cast<wire::Control::Code>(5)); },
       "control.refusal.code: 5 is unknown"},
      // The operation
      {"NoOperation", reserve, [](auto&, auto& c) { c.clear_operation(); },
       "control.operation.number: 0 is none"},
      {"NoNumber", reserve, [](auto&, auto& c) { c.mutable_operation()->clear_number(); },
       "control.operation.number: 0 is none"},
      {"UnlistedInitiator", reserve,
       [](auto&, auto& c) { c.mutable_operation()->set_initiator(3); },
       "control.operation.initiator: 3, but Hello lists 3"},
      {"OrderedBeforeTime", reserve,
       [](auto&, auto& c) { c.mutable_operation()->set_ordered_at_us(INT64_MIN); },
       "control.operation.ordered_at_us: -9223372036854775808 is no time"},
      {"OrderedPastTime", reserve,
       [](auto&, auto& c) { c.mutable_operation()->set_ordered_at_us(253'402'300'800'000'000); },
       "control.operation.ordered_at_us: 253402300800000000 is no time"},
      {"RequestForAnother", reserve,
       [](auto&, auto& c) { c.mutable_operation()->set_initiator(2); },
       "control.operation.initiator: 2 is not the region that sends the request"},
      {"RequestForTheReceiver", reserve,
       [](auto&, auto& c) { c.mutable_operation()->set_initiator(1); },
       "control.operation.initiator: 1 is not the region that sends the request"},
      {"AnswerForAnother", busy,
       [](auto&, auto& c) { c.mutable_operation()->set_initiator(2); },
       "control.operation.initiator: 2 is not the region that receives the answer"},
      {"AnswerForTheSender", busy,
       [](auto&, auto& c) { c.mutable_operation()->set_initiator(0); },
       "control.operation.initiator: 0 is not the region that receives the answer"},
      {"UnlistedSubject", reserve, [](auto&, auto& c) { c.set_subject(UINT32_MAX); },
       "control.subject: 4294967295, but Hello lists 3"},
      // Phases
      {"LeaveToBeAdded", leave, [](auto&, auto& c) { c.set_what(wire::Control::ADD_REPLICA); },
       "control.phase: ADD_REPLICA has no LEAVE"},
      {"AdmitToBeRemoved", admit,
       [](auto&, auto& c) { c.set_what(wire::Control::REMOVE_REPLICA); },
       "control.phase: REMOVE_REPLICA has no ADMIT"},
      {"BusyLater", busy, [](auto&, auto& c) { c.set_phase(wire::Control::LEAVE); },
       "control.kind: BUSY answers RESERVE, not LEAVE"},
      {"RefusedLater", refused_shortly,
       [](auto&, auto& c) { c.set_phase(wire::Control::FINISH); },
       "control.kind: REFUSED answers RESERVE, not FINISH"},
      {"AdmitItself", admit, [](auto&, auto& c) { c.set_subject(1); },
       "control.subject: 1 is the region that is asked, ADMIT is not for it"},
      {"SubjectAdmits", admitted, [](auto&, auto& c) { c.set_subject(0); },
       "control.subject: 0 is the region that is asked, ADMIT is not for it"},
      {"PartItself", part, [](auto&, auto& c) { c.set_subject(1); },
       "control.subject: 1 is the region that is asked, PART is not for it"},
      {"FinishOfTheOneThatIsGone", part,
       [](auto&, auto& c) {
         c.set_phase(wire::Control::FINISH);
         c.set_subject(1);
       },
       "control.subject: 1 is the region that is asked, FINISH is not for it"},
      {"JoinOfAnother", join, [](auto&, auto& c) { c.set_subject(2); },
       "control.subject: 2 is not the region that is asked, JOIN is not for it"},
      {"CatchUpOfAnother", catch_up, [](auto&, auto& c) { c.set_subject(0); },
       "control.subject: 0 is not the region that is asked, CATCH_UP is not for it"},
      {"DroppedByAnother", dropped, [](auto&, auto& c) { c.set_subject(1); },
       "control.subject: 1 is not the region that is asked, DROP is not for it"},
      // What only some have
      {"PositionOfAReserve", reserve, [](auto&, auto& c) { c.set_position(1); },
       "control.position: only a request ADMIT and answers to RESERVE, ADMIT and MARK have it"},
      {"PositionOfADrop", dropped, [](auto&, auto& c) { c.set_position(1); },
       "control.position: only a request ADMIT and answers to RESERVE, ADMIT and MARK have it"},
      {"PlacesOfAReserve", reserve, [](auto&, auto& c) { c.add_places(); },
       "control.places: only requests JOIN and CATCH_UP have them"},
      {"PlacesOfAnAnswer", admitted, [](auto&, auto& c) { c.add_places(); },
       "control.places: only requests JOIN and CATCH_UP have them"},
      {"ViewOfACatchUp", catch_up, [](auto&, auto& c) { c.set_view(wire::Control::KEYS_ONLY); },
       "control.view: only a request JOIN has it"},
      {"CopiesOfACatchUp", catch_up, [](auto&, auto& c) { c.add_copies(); },
       "control.copies: only a request JOIN has them"},
      {"HolderOfARequest", reserve, [](auto&, auto& c) { c.mutable_holder(); },
       "control.holder: only BUSY has it"},
      {"RefusalOfADone", admitted, [](auto&, auto& c) { c.mutable_refusal(); },
       "control.refusal: only REFUSED has it"},
      {"BusyWithoutHolder", busy, [](auto&, auto& c) { c.clear_holder(); },
       "control.holder: missing"},
      {"RefusedWithoutRefusal", refused_shortly, [](auto&, auto& c) { c.clear_refusal(); },
       "control.refusal: missing"},
      // Lists
      {"UnlistedPlace", join, [](auto&, auto& c) { c.mutable_places(1)->set_region(3); },
       "control.places[1].region: 3, but Hello lists 3"},
      {"PlaceTwice", join, [](auto&, auto& c) { c.mutable_places(1)->set_region(0); },
       "control.places[1].region: 0 is there twice"},
      {"PlaceOfTheReceiver", catch_up, [](auto&, auto& c) { c.add_places()->set_region(1); },
       "control.places[0].region: 1 is the region that receives"},
      {"TooManyPlaces", catch_up,
       [](auto&, auto& c) {
         for (int i = 0; i < 4; ++i) c.add_places();
       },
       "control.places: 4, but Hello lists 3 regions"},
      {"UnlistedSource", join, [](auto&, auto& c) { c.mutable_copies(1)->set_source(3); },
       "control.copies[1].source: 3, but Hello lists 3"},
      {"UnlistedReplica", join, [](auto&, auto& c) { c.mutable_copies(0)->set_replica(7); },
       "control.copies[0].replica: 7, but Hello lists 3"},
      {"ReplicaTwice", join, [](auto&, auto& c) { c.mutable_copies(1)->set_replica(2); },
       "control.copies[1].replica: 2 is there twice"},
      {"CopiedPastTime", join,
       [](auto&, auto& c) { c.mutable_copies(1)->set_added_at_us(INT64_MAX); },
       "control.copies[1].added_at_us: 9223372036854775807 is no time"},
      {"TooManyCopies", join,
       [](auto&, auto& c) {
         for (int i = 0; i < 2; ++i) c.add_copies();
       },
       "control.copies: 4, but Hello lists 3 regions"},
      // The answers that turn down
      {"HolderWithoutNumber", busy, [](auto&, auto& c) { c.mutable_holder()->clear_number(); },
       "control.holder.number: 0 is none"},
      {"UnlistedHolder", busy, [](auto&, auto& c) { c.mutable_holder()->set_initiator(3); },
       "control.holder.initiator: 3, but Hello lists 3"},
      {"HolderPastTime", busy,
       [](auto&, auto& c) { c.mutable_holder()->set_ordered_at_us(INT64_MAX); },
       "control.holder.ordered_at_us: 9223372036854775807 is no time"},
      {"RefusalTooLong", refused_shortly,
       [](auto&, auto& c) { c.mutable_refusal()->set_text(std::string(2049, 'x')); },
       "control.refusal.text: 2049 bytes, at most 2048 are allowed"},
      {"RefusalOfTwoLines", refused_shortly,
       [](auto&, auto& c) { c.mutable_refusal()->set_text("no\nforged line"); },
       "control.refusal.text: a control character"},
      {"RefusalThatDeletes", refused_shortly,
       [](auto&, auto& c) { c.mutable_refusal()->set_text("no\x7F"); },
       "control.refusal.text: a control character"},
      // Waits and settings
      {"WaitsOfAFinish", update_finished, [](auto&, auto& c) { c.add_waits_us(1); },
       "control.waits_us: only a request RESERVE has them"},
      {"ThreeWaits", reserve, [](auto&, auto& c) { c.mutable_waits_us()->RemoveLast(); },
       "control.waits_us: 3, expected 4"},
      {"AWaitWithoutEnd", reserve, [](auto&, auto& c) { c.set_waits_us(3, UINT64_MAX); },
       "control.waits_us[3]: 18446744073709551615, at most 315360000000000 are allowed"},
      {"AdmitToUpdate", admit, [](auto&, auto& c) { c.set_what(wire::Control::UPDATE_TABLE); },
       "control.phase: UPDATE_TABLE has no ADMIT"},
      {"NothingTold", tell, [](auto&, auto& c) { c.clear_settings(); },
       "control.settings: missing"},
      {"NothingAnswered", told, [](auto&, auto& c) { c.clear_settings(); },
       "control.settings: missing"},
      {"SettingsOfAReserve", reserve, [](auto&, auto& c) { c.mutable_settings(); },
       "control.settings: only TELL, its answer and a request JOIN have them"},
      {"SettingsWithoutVersion", join, [](auto&, auto& c) { c.mutable_settings(); },
       "control.settings.version.number: 0 is none"},
      {"SettingsOfAnUnlistedRegion", tell,
       [](auto&, auto& c) { c.mutable_settings()->mutable_version()->set_initiator(3); },
       "control.settings.version.initiator: 3, but Hello lists 3"},
      {"EmptyAttribute", tell, [](auto&, auto& c) { c.mutable_settings()->set_ttl_attribute(""); },
       "control.settings.ttl_attribute: 0 bytes, expected 1 to 255"},
      {"LongAttribute", tell,
       [](auto&, auto& c) { c.mutable_settings()->set_ttl_attribute(std::string(256, 'x')); },
       "control.settings.ttl_attribute: 256 bytes, expected 1 to 255"},
      {"AttributeOfTwoLines", tell,
       [](auto&, auto& c) { c.mutable_settings()->set_ttl_attribute("a\nb"); },
       "control.settings.ttl_attribute: a control character"},
      // Other kinds
      {"ControlOfChanges", reserve, [](auto& b, auto&) { b.set_kind(wire::CHANGES); },
       "control: only a batch of the kind CONTROL has it"},
      {"ControlOfAnAcknowledgement", reserve,
       [](auto& b, auto&) { b.set_kind(wire::ACKNOWLEDGEMENT); },
       "control: only a batch of the kind CONTROL has it"},
      {"ControlOfABackfill", reserve, [](auto& b, auto&) { b.set_kind(wire::BACKFILL); },
       "control: only a batch of the kind CONTROL has it"},
      {"ControlOfABackfillAcknowledgement", reserve,
       [](auto& b, auto&) {
         b.set_kind(wire::BACKFILL_ACKNOWLEDGEMENT);
         b.set_next_position(0);
         b.mutable_control()->Clear();
       },
       "control: only a batch of the kind CONTROL has it"},
  };
  return kCases;
}

class ControlRefusal : public ControlCodec, public testing::WithParamInterface<Spoiled> {};

TEST_P(ControlRefusal, NamesTheField) {
  wire::Frame frame = encode({carry(GetParam().valid())});
  const auto valid = decode(frame);
  ASSERT_TRUE(valid.has_value()) << valid.error().detail;
  GetParam().spoil(*frame.mutable_batches(0), *frame.mutable_batches(0)->mutable_control());
  const auto decoded = decode(frame);
  ASSERT_FALSE(decoded.has_value());
  EXPECT_EQ(decoded.error().code, Errc::kInput);
  EXPECT_EQ(decoded.error().detail, "batches[0]." + std::string(GetParam().told));
}

INSTANTIATE_TEST_SUITE_P(Controls, ControlRefusal, testing::ValuesIn(spoiled_controls()),
                         [](const auto& test) { return std::string(test.param.name); });

// --- Peers that say what the protocol allows, but not when

// A control plane in Ireland, and two peers that say anything.
class Victim {
 public:
  explicit Victim(std::uint64_t seed) : random_(seed) {
    const bool is_member = random_.below(4) != 0;
    for (std::uint16_t i = 0; i < 2; ++i) {
      TableOptions options;
      options.region = kIreland;
      options.table = TableId{i};
      TableReplica& table = replica_.add_table(options, *key_spaces_[i], stores_[i]);
      table.set_status(is_member ? ReplicaStatus::kActive : ReplicaStatus::kAbsent);
    }
    ControlPlane::Options options;
    options.region_names = ireland_.regions;
    options.table_names = {"orders", "blobs"};
    options.stream_options = [](TableId, StreamViewType view, Moment) {
      StreamOptions stream;
      stream.view = view;
      return stream;
    };
    control_ = std::make_unique<ControlPlane>(std::move(options), replica_);
    if (!is_member) return;
    // Of Virginia or alone.
    const bool alone = random_.below(2) == 0;
    for (std::uint16_t i = 0; i < 2; ++i) {
      const TableId table{i};
      control_->found(table, alone ? std::vector{kIreland} : std::vector{kIreland, kVirginia});
      if (alone) continue;
      replica_.table(table).add_member(kVirginia, 0, 0);
    }
  }

  // How many of its messages the border let through.
  int hear(int count) {
    int heard = 0;
    for (int i = 0; i < count; ++i) {
      heard += hear_one() ? 1 : 0;
      now_ = now_ + Duration{static_cast<std::int64_t>(random_.below(400'000))};
      Effects out;
      if (random_.below(10) == 0) order(out);
      replica_.tick(moment(), out);
      control_->tick(moment(), out);
    }
    return heard;
  }

 private:
  [[nodiscard]] Moment moment() const { return {now_, WallTime{now_.us}}; }
  std::uint32_t draw_region() { return static_cast<std::uint32_t>(random_.below(3)); }

  void order(Effects& out) {
    ControlOrder order;
    order.table = kOrders;
    const RegionId other = random_.below(2) == 0 ? kFrankfurt : kVirginia;
    switch (random_.below(5)) {
      case 3:
        order.action = ChangeProtectionOrder{random_.below(2) == 0, Duration{1}};
        break;
      case 4:
        order.action = ChangeTimeToLiveOrder{random_.below(2) == 0, "expires_at"};
        break;
      case 0:
        order.action = AddReplicaOrder{other, Duration{1}, 1};
        break;
      case 1:
        order.action = RemoveReplicaOrder{other, Duration{1}};
        break;
      default:
        order.action = DeleteTableOrder{Duration{1}};
        break;
    }
    control_->order(order, 0, moment(), out);
    for (const Message& message : out.messages) {
      if (message.control == nullptr) continue;
      // Answers to what it asks have some chance.
      asked_ = message.control->operation;
    }
  }

  void draw_operation(wire::Control::Operation& out, std::uint32_t initiator) {
    out.set_initiator(initiator);
    out.set_ordered_at_us(static_cast<std::int64_t>(random_.below(8) / 7));
    out.set_number(1 + (told_ / 32) + random_.below(8) / 7);
    if (initiator != kIreland.value()) return;
    out.set_ordered_at_us(asked_.ordered_at.us);
    out.set_number(std::max<std::uint64_t>(asked_.number, 1));
  }

  void draw_control(RegionId from, wire::Control& out) {
    const bool is_request = random_.below(2) == 0;
    out.set_kind(is_request ? wire::Control::REQUEST
                            : static_cast<wire::Control::Kind>(2 + random_.below(3)));
    // Mostly the same for a while, so that some operations come far; few that end them.
    const bool strays = random_.below(8) == 0;
    const std::uint64_t about = strays ? random_.below(6) : (told_ / 32) % 6;
    out.set_what(static_cast<wire::Control::OperationKind>(1 + about % 2));
    if (random_.below(16) == 0) out.set_what(wire::Control::UPDATE_TABLE);
    out.set_subject(static_cast<std::uint32_t>(about / 2));
    out.set_phase(
        static_cast<wire::Control::Phase>(1 + random_.below(random_.below(8) == 0 ? 11 : 7)));
    draw_operation(*out.mutable_operation(), is_request ? from.value() : kIreland.value());
    if (random_.below(2) == 0) {
      out.set_position(random_.below(2) == 0 ? UINT64_MAX : random_.below(3));
    }
    for (std::uint64_t i = random_.below(3); i > 0; --i) {
      wire::Control::Place& place = *out.add_places();
      place.set_region(draw_region());
      place.set_position(random_.below(3));
    }
    out.set_view(static_cast<wire::Control::View>(random_.below(5)));
    for (std::uint64_t i = random_.below(2); i > 0; --i) {
      out.add_copies()->set_source(draw_region());
      out.mutable_copies(0)->set_replica(draw_region());
    }
    if (out.kind() == wire::Control::BUSY) draw_operation(*out.mutable_holder(), draw_region());
    if (out.kind() == wire::Control::REFUSED) {
      out.mutable_refusal()->set_code(static_cast<wire::Control::Code>(random_.below(6)));
    }
    if (out.phase() == wire::Control::TELL || random_.below(32) == 0) {
      draw_operation(*out.mutable_settings()->mutable_version(), draw_region());
      if (random_.below(2) == 0) out.mutable_settings()->set_ttl_attribute("expires_at");
    }
    for (std::uint64_t i = random_.below(4) == 0 ? 4 : 0; i > 0; --i) {
      out.add_waits_us(random_.below(1'000'000));
    }
    // What belongs to others than these would be refused, nearly always.
    const bool is_join = is_request && out.phase() == wire::Control::JOIN;
    if (random_.below(20) == 0) return;
    if (!is_join) out.clear_view();
    if (!is_join) out.clear_copies();
    if (!is_join && out.phase() != wire::Control::TELL) out.clear_settings();
    if (!is_request || out.phase() != wire::Control::RESERVE) out.clear_waits_us();
    if (!is_join && out.phase() != wire::Control::CATCH_UP) out.clear_places();
    if (!is_request && out.phase() == wire::Control::CATCH_UP) out.clear_places();
  }

  bool hear_one() {
    const bool is_frankfurt = random_.below(2) == 0;
    const FrameOrigin& origin = is_frankfurt ? frankfurt_ : virginia_;
    wire::Frame frame;
    wire::Batch& batch = *frame.add_batches();
    ++told_;
    batch.set_kind(wire::CONTROL);
    batch.set_table(random_.below(10) == 0 ? 1 : 0);
    draw_control(origin.from, *batch.mutable_control());
    std::vector<ChangeFacts> facts;
    if (!check_frame(frame, origin, facts)) return false;
    Effects out;
    for (const Message& message :
         decode_frame(frame, origin, facts, ireland_.tables, keys_.all())) {
      control_->receive(message, moment(), out);
    }
    for (const OrderReply& reply : out.order_replies) {
      if (reply.refusal) (void)order_outcome_of(*reply.refusal);
    }
    return true;
  }

  Random random_;
  NodeConfig ireland_ = config_of("eu-west-1");
  FrameOrigin frankfurt_ = origin_of("eu-central-1", ireland_);
  FrameOrigin virginia_ = origin_of("us-east-1", ireland_);
  Keys keys_;
  std::vector<KeySpace*> key_spaces_ = keys_.all();
  std::array<MemoryStore, 2> stores_;
  Replica replica_{kIreland};
  std::unique_ptr<ControlPlane> control_;
  OperationId asked_;
  std::uint64_t told_ = 0;  // with what was not let through
  Instant now_{1'000'000};
};

TEST(HostileControl, NoControlPlaneDiesOfWhatAPeerSays) {
  int heard = 0;
  for (std::uint64_t seed = 1; seed <= 1000; ++seed) heard += Victim(seed).hear(400);
  EXPECT_GT(heard, 1000 * 40);
}

}  // namespace
}  // namespace gtsim::transport_fixture
