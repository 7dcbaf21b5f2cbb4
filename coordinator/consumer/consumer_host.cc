#include "coordinator/consumer/consumer_host.h"

#include <fmt/format.h>

#include <algorithm>

#include "coordinator/handler/exec_handler.h"
#include "coordinator/handler/http_handler.h"
#include "region-node/base/check.h"

namespace gtsim {
namespace {

std::unique_ptr<Handler> make_handler(const ConsumerSpec& spec, const std::string& region,
                                      const ConsumerHost::Setup& setup) {
  switch (spec.handler.kind) {
    case HandlerSpec::Kind::kRecord:
      return std::make_unique<RecordHandler>();
    case HandlerSpec::Kind::kExec: {
      ExecOptions options;
      options.command = spec.handler.command;
      options.directory = spec.handler.folder;
      options.region = region;
      options.time_limit = spec.handler.time_limit;
      options.errors_path = setup.errors_path(spec.name);
      options.interrupted = setup.interrupted;
      return std::make_unique<ExecHandler>(std::move(options));
    }
    case HandlerSpec::Kind::kHttp: {
      HttpOptions options;
      auto url = parse_http_url(spec.handler.url);
      CHECK(url.has_value());  // the reader of the scenario has checked it
      options.url = *std::move(url);
      options.time_limit = spec.handler.time_limit;
      options.interrupted = setup.interrupted;
      return std::make_unique<HttpHandler>(std::move(options));
    }
  }
  return nullptr;
}

}  // namespace

ConsumerHost::ConsumerHost(Setup setup)
    : scenario_(*setup.scenario),
      cluster_(*setup.cluster),
      call_at_(std::move(setup.call_at)),
      readers_(scenario_.regions.size() * scenario_.tables.size()) {
  const Dice consumers = Dice{setup.seed}.of("consumers");
  if (!setup.with_consumers) return;
  for (const Expectation& expectation : scenario_.expect) {
    if (const auto* read = std::get_if<StreamReadExpectation>(&expectation.kind)) {
      readers_[read->region.index() * scenario_.tables.size() + read->table.index()].alone = false;
    }
  }
  for (const ConsumerSpec& spec : scenario_.consumers) {
    make(spec, consumers.of(spec.name), setup);
    if (spec.wants.ttl) keeps_ttl_deletes_ = true;
  }
}

void ConsumerHost::make(const ConsumerSpec& spec, const Dice& dice, const Setup& host) {
  const std::size_t index = consumers_.size();
  Consumer::Setup setup{
      .scenario = &scenario_,
      .spec = &spec,
      .cluster = &cluster_,
      .gate = &gate_,
      .handler = make_handler(spec, scenario_.regions[spec.region.index()].name, host),
      .dice = dice,
      .by_ttl = {},
      .wake = {},
      .end_at = {},
      .passed = {}};
  setup.by_ttl = [this, table = spec.table](const StreamRecord& record) {
    return record.ttl_identity ||
           (keeps_ttl_deletes_ && ttl_deletes_.contains({table, record.version}));
  };
  setup.wake = [this, index](Instant at) { call_at_(at, token(kWake, index)); };
  setup.end_at = [this, index](Instant at, std::uint64_t number) {
    call_at_(at, token(kEnd, index, number));
  };
  Readers& readers = readers_[spec.region.index() * scenario_.tables.size() + spec.table.index()];
  setup.passed = [this, &readers, reader = readers.consumers.size(), &spec](
                     const std::string& shard_id, std::uint64_t number) {
    on_passed(readers, reader, spec, shard_id, number);
  };
  consumers_.push_back(std::make_unique<Consumer>(std::move(setup)));
  phases_.push_back(dice.of("phase"));
  readers.consumers.push_back(consumers_.back().get());
  readers.alone = readers.alone && spec.start.count() == 0 && !spec.stop;
}

// A stream that nobody else reads need not be kept for 24 hours.
void ConsumerHost::on_passed(Readers& readers, std::size_t reader, const ConsumerSpec& spec,
                             const std::string& shard_id, std::uint64_t number) {
  constexpr std::uint64_t kWorthwhile = 512;
  if (!readers.alone) return;
  auto& passed = readers.passed[shard_id];
  passed.resize(readers.consumers.size());
  passed[reader] = number;
  const std::uint64_t all = *std::min_element(passed.begin(), passed.end());
  std::uint64_t& released = readers.released[shard_id];
  if (all < released + kWorthwhile) return;
  released = all;
  cluster_.release_records(spec.region, spec.table, shard_id, all);
}

Instant ConsumerHost::start() {
  Instant last{0};
  for (std::size_t i = 0; i < consumers_.size(); ++i) {
    const ConsumerSpec& spec = consumers_[i]->spec();
    const Instant created = Instant{} + spec.start;
    // Pollers of different consumers do not tick together.
    const Duration phase{
        static_cast<std::int64_t>(phases_[i].unit() * static_cast<double>(kPollInterval.count()))};
    const Instant polls = created + spec.start_gap + phase;
    call_at_(created, token(kCreate, i));
    call_at_(polls, token(kPoll, i));
    last = std::max(last, polls);
    if (spec.stop) {
      call_at_(Instant{} + *spec.stop, token(kStop, i));
      last = std::max(last, Instant{} + *spec.stop);
    }
  }
  return last;
}

void ConsumerHost::on_timer(Instant now, std::uint64_t token) {
  const auto purpose = static_cast<Purpose>(token >> kPurposeShift);
  Consumer& consumer = *consumers_[(token >> kConsumerShift) &
                                   ((std::uint64_t{1} << (kPurposeShift - kConsumerShift)) - 1)];
  switch (purpose) {
    case kCreate:
      consumer.create();
      break;
    case kPoll:
      consumer.begin_polling(now);
      break;
    case kStop:
      consumer.stop();
      break;
    case kWake:
      consumer.on_wake(now);
      break;
    case kEnd:
      consumer.on_end(now, token & kNumberMask);
      break;
  }
  look(consumer);
}

// The first thing that is wrong ends the run.
void ConsumerHost::look(Consumer& consumer) {
  if (!violation_ && consumer.ledger().violation()) {
    violation_ = consumer.ledger().violation();
    cluster_.stop();
  }
  if (!consumer.unusable().empty()) cluster_.stop();
}

std::vector<const Consumer*> ConsumerHost::find(std::string_view name) const {
  std::vector<const Consumer*> found;
  for (const auto& consumer : consumers_) {
    if (consumer->is_called(name)) {
      found.push_back(consumer.get());
    }
  }
  return found;
}

void ConsumerHost::crash(std::string_view name, std::size_t holder) {
  away_.resize(consumers_.size());
  for (std::size_t i = 0; i < consumers_.size(); ++i) {
    if (!consumers_[i]->is_called(name)) continue;
    if (away_[i].empty()) consumers_[i]->crash();
    away_[i].insert(holder);
  }
}

void ConsumerHost::resume(Instant now, std::string_view name, std::size_t holder) {
  for (std::size_t i = 0; i < away_.size(); ++i) {
    if (!consumers_[i]->is_called(name) || away_[i].erase(holder) == 0 || !away_[i].empty()) {
      continue;
    }
    consumers_[i]->resume(now);
    look(*consumers_[i]);
  }
}

bool ConsumerHost::drained(Instant since) const {
  for (const auto& consumer : consumers_) {
    if (!consumer->drained(since)) return false;
  }
  return true;
}

std::vector<std::string> ConsumerHost::finish(Instant now, Instant drained_since, bool complete) {
  std::vector<std::string> amiss;
  for (const auto& consumer : consumers_) {
    if (complete && !consumer->stopped() && consumer->drained(drained_since)) {
      consumer->ledger().check_drained(now);
      if (!violation_) violation_ = consumer->ledger().violation();
    }
    const std::string wrong = consumer->finish();
    if (!wrong.empty()) amiss.push_back(fmt::format("{}: {}", consumer->spec().name, wrong));
  }
  return amiss;
}

std::string ConsumerHost::unusable() const {
  for (const auto& consumer : consumers_) {
    if (!consumer->unusable().empty()) {
      return fmt::format("consumer {}: {}", consumer->spec().name, consumer->unusable());
    }
  }
  return {};
}

std::uint64_t ConsumerHost::digest() const {
  Digest all;
  for (const auto& consumer : consumers_) all.add(consumer->digest());
  return all.value();
}

PerWriteTally& ConsumerHost::tally(const std::vector<std::string>& names) {
  PerWriteTally* tally = tallies_.emplace_back(std::make_unique<PerWriteTally>()).get();
  for (const auto& consumer : consumers_) {
    const bool named = std::any_of(names.begin(), names.end(), [&](const std::string& name) {
      return consumer->is_called(name);
    });
    if (named) consumer->ledger().add_tally(tally, consumer->spec().table);
  }
  return *tally;
}

void ConsumerHost::on_record(Instant, RegionId region, const EmittedRecord& emitted) {
  if (keeps_ttl_deletes_ && emitted.record.ttl_identity) {
    ttl_deletes_.emplace(emitted.table, emitted.record.version);
  }
  if (!emitted.in_stream) return;
  for (Consumer* consumer :
       readers_[region.index() * scenario_.tables.size() + emitted.table.index()].consumers) {
    consumer->on_record(emitted.record);
  }
}

void ConsumerHost::on_region_state(Instant now, RegionId region, RegionState state) {
  if (state != RegionState::kUp) return;
  for (std::size_t table = 0; table < scenario_.tables.size(); ++table) {
    const TableId id{static_cast<std::uint16_t>(table)};
    const StreamView view = cluster_.stream(region, id);
    if (view.stream == nullptr) continue;
    for (Consumer* consumer :
         readers_[region.index() * scenario_.tables.size() + table].consumers) {
      consumer->on_region_up(now, *view.stream);
      look(*consumer);
    }
  }
}

}  // namespace gtsim
