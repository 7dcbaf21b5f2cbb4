// Tables that the configuration does not name: they come when a table is created here, or when
// another region asks for a replica of its own here.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "region-node/node/node_loop_state.h"

namespace gtsim {

namespace {

Error keeps_journal(const std::string& region) {
  return {Errc::kResourceInUse,
          fmt::format("region {} keeps the journal of a run: it has the tables of its scenario",
                      region)};
}

// Their keys have the same bytes, and would be taken for one another.
bool is_turned_round(const KeySchema& a, const KeySchema& b) {
  return a.range && b.range && a.hash == *b.range && *a.range == b.hash;
}

ControlMessage answer_without_table(const ControlMessage& request, ControlMessage::Kind kind) {
  ControlMessage answer = answer_to(request, kind);
  answer.table = kUnknownTable;
  answer.definition = request.definition;
  return answer;
}

}  // namespace

Result<TableId> NodeLoop::State::place_for(const TableDefinition& definition) {
  if (const auto found = config.tables.find(definition.name)) {
    const NodeTable& held = config.tables[found->index()];
    const TableControlState& known = control->state(*found);
    const bool is_free =
        table(*found).status() == ReplicaStatus::kAbsent && !known.hold && !known.operation;
    // Where it is not free the control plane says why.
    if (!is_free || static_cast<const TableDefinition&>(held) == definition) return *found;
    if (config.journal && held.key != definition.key) return keeps_journal(config.region);
    if (config.journal) return *found;
    if (is_turned_round(held.key, definition.key)) {
      return Error{Errc::kResourceInUse,
                   fmt::format("region {} had a table of this name with its two key attributes the "
                               "other way round, and cannot tell their keys apart",
                               config.region)};
    }
    config.tables.define_anew(*found, definition);
    if (database) database->define_anew(*found, definition);
    if (transport) transport->define_anew(*found, definition);
    table(*found).define_anew(options_for(*found));
    return *found;
  }
  if (config.journal) return keeps_journal(config.region);
  if (config.tables.size() >= kMaxTables) {
    return Error{Errc::kResourceInUse,
                 fmt::format("region {} has known {} tables, which is as many as it can",
                             config.region, config.tables.size())};
  }
  NodeTable made;
  static_cast<TableDefinition&>(made) = definition;
  made.stream.reset();
  const TableId id = config.tables.push_back(made);
  if (database) static_cast<void>(database->add_table(definition));
  add_place().set_status(ReplicaStatus::kAbsent);
  control->add_table(definition.name);
  if (transport) transport->add_table(made, *keys.back());
  return id;
}

void NodeLoop::State::receive_control(const Message& message, Moment at) {
  if (message.control->definition == nullptr) {
    control->receive(message, at, effects);
    return;
  }
  const TableDefinition& asked_for = *message.control->definition;
  if (message.control->phase == OperationPhase::kRelease) {
    // Nobody keeps still for an operation on a table that is not here.
    if (const auto found = config.tables.find(asked_for.name))
      return receive_for(*found, message, at);
    effects.messages.push_back(
        message_of(answer_without_table(*message.control, ControlMessage::Kind::kDone)));
    return;
  }
  const auto place = place_for(asked_for);
  if (place) return receive_for(*place, message, at);
  ControlMessage refused = answer_without_table(*message.control, ControlMessage::Kind::kRefused);
  refused.refusal = place.error();
  effects.messages.push_back(message_of(std::move(refused)));
}

void NodeLoop::State::receive_for(TableId place, const Message& message, Moment at) {
  Message here = message;
  auto request = std::make_shared<ControlMessage>(*message.control);
  request->table = place;
  here.table = place;
  here.control = std::move(request);
  control->receive(here, at, effects);
}

void NodeLoop::create_table(const TableDefinition& definition, const CreateTableOrder& order,
                            OrderDone done) {
  State& state = *state_;
  if (state.state != NodeState::kServing) {
    return this->order(ControlOrder{TableId{0}, order}, std::move(done));
  }
  // Of the same key it is the same table, with what it was besides.
  const auto found = state.config.tables.find(definition.name);
  if (found && state.config.tables[found->index()].key == definition.key) {
    return this->order(ControlOrder{*found, order}, std::move(done));
  }
  auto place = state.place_for(definition);
  if (!place) return done(place.error());
  this->order(ControlOrder{*place, order}, std::move(done));
}

}  // namespace gtsim
