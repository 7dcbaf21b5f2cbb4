#include "coordinator/consumer/consumer.h"

#include <fmt/format.h>

#include <algorithm>

#include "coordinator/check/stream_page.h"
#include "coordinator/cluster/resolved_write.h"
#include "coordinator/handler/batch_response.h"
#include "coordinator/pattern/explanation.h"
#include "region-node/base/check.h"
#include "region-node/item/dynamodb_json.h"
#include "region-node/link/delay_draw.h"

namespace gtsim {
namespace {

std::vector<std::string> names_of(const Scenario& scenario) {
  std::vector<std::string> names;
  for (const RegionSpec& region : scenario.regions) names.push_back(region.name);
  return names;
}

StreamViewType view_of(const TableSpec& table) {
  return table.stream.value_or(StreamViewType::kNewAndOldImages);
}

}  // namespace

Consumer::Consumer(Setup setup)
    : scenario_(*setup.scenario),
      spec_(*setup.spec),
      table_(scenario_.tables[spec_.table.index()]),
      cluster_(*setup.cluster),
      gate_(*setup.gate),
      handler_(std::move(setup.handler)),
      dice_(setup.dice),
      wake_(std::move(setup.wake)),
      end_at_(std::move(setup.end_at)),
      passed_(std::move(setup.passed)),
      region_names_(names_of(scenario_)),
      partitions_(cluster_.keys(spec_.table)),
      presenter_(table_.record_profile, view_of(table_), region_names_),
      ledger_({.spec = &spec_,
               .regions = scenario_.regions.size(),
               .most_parts = presenter_.most_parts(),
               .passes = [this](const RecordView& view) { return remember(view); },
               .decided_by = [this](const RecordView& view) { return decided_by(view); },
               .by_ttl = std::move(setup.by_ttl),
               .partition = [this](KeyId key) { return partitions_.of(key); }}),
      mapping_(spec_, *this) {
  memo_.resize(kMemoSize);
  for (const std::string& text : spec_.patterns) {
    auto pattern = EventPattern::parse(text);  // the reader of the scenario has checked it
    if (pattern) patterns_.add(*std::move(pattern));
  }
  if (spec_.faults.poison) {
    poison_ = intern_key(*spec_.faults.poison, table_, cluster_.keys(spec_.table));
  }
}

bool Consumer::reachable() const {
  return cluster_.region_state(spec_.region) == RegionState::kUp;
}

RecordContext Consumer::context() const {
  return {region_names_[spec_.region.index()], stream_arn_, *stream_, region_names_,
          /*with_origin=*/true};
}

LambdaEventPrinter Consumer::printer() {
  return {context(), presenter_,
          [this](KeyId key) { return cluster_.keys(spec_.table).bytes(key); }};
}

std::string Consumer::decided_by(const RecordView& view) const {
  return patterns_.empty() ? std::string{} : deciding_leaf(patterns_, view, context());
}

// ---------------------------------------------------------------- its life

// Until the mapping is created it would be made for the table's current stream.
void Consumer::adopt_stream() {
  const Stream* current = cluster_.stream(spec_.region, spec_.table).stream;
  if (current == nullptr || current == stream_) return;
  if (stream_ != nullptr) ledger_.forget();
  stream_ = current;
  stream_arn_ = stream_arn(region_names_[spec_.region.index()], table_.name, stream_->label());
  presenter_ = {table_.record_profile, stream_->view(), region_names_};
}

void Consumer::create() {
  adopt_stream();
  if (!created_) gate_.add_reader(spec_.region, spec_.table, this);
  created_ = true;
  if (stream_ == nullptr) return;
  const bool all = spec_.position == StartingPosition::kTrimHorizon;
  ledger_.on_created(all ? oldest_number() : durable().end);
}

void Consumer::begin_polling(Instant now) {
  if (stopped_) return;
  mapping_.start(now);
}

void Consumer::crash() {
  running_.clear();
  mapping_.crash();
}

void Consumer::resume(Instant now) {
  mapping_.resume(now);
}

void Consumer::stop() {
  if (stopped_) return;
  stopped_ = true;
  gate_.remove_reader(spec_.region, spec_.table, this);
  mapping_.stop();
}

std::string Consumer::finish() {
  return handler_->stop();
}

void Consumer::on_record(const StreamRecord& record) {
  if (!created_ || stream_ == nullptr) adopt_stream();
  if (cluster_.stream(spec_.region, spec_.table).stream != stream_) return;
  last_record_at_ = cluster_.now();
  const auto views = presenter_.present(record, cluster_.keys(spec_.table).bytes(record.key));
  for (const RecordView& view : views) ledger_.on_record(view);
}

// ---------------------------------------------------------------- reading

StreamPosition Consumer::durable() const {
  const StreamView view = cluster_.stream(spec_.region, spec_.table);
  // An older stream of the table is closed; all of it is durable.
  return view.stream == stream_ ? view.durable : stream_->position();
}

std::optional<std::vector<ShardEntry>> Consumer::shards() {
  if (stream_ == nullptr) create();  // the replica may have come later
  if (stream_ == nullptr || !reachable()) return std::nullopt;
  std::vector<ShardEntry> entries;
  for (const ShardInfo& shard : stream_->shards(cluster_.now(), durable())) {
    entries.push_back({shard.id, shard.parent_id, shard.open()});
  }
  // Sorted by id; parents may come after their children then, which the mapping does not mind.
  return entries;
}

std::optional<std::uint64_t> Consumer::first_number(const std::string& shard_id,
                                                    IteratorType from) {
  if (!reachable()) return std::nullopt;
  // LATEST means the moment when the poller first asks; what came before is lost without its fault.
  if (from == IteratorType::kLatest) ledger_.on_polling(durable().end);
  const auto iterator = stream_->get_iterator(shard_id, from, {}, cluster_.now(), durable());
  if (!iterator) return std::nullopt;
  return iterator->next_number;
}

std::uint64_t Consumer::oldest_number() {
  std::uint64_t oldest = durable().end;
  for (const ShardInfo& shard : stream_->shards(cluster_.now(), durable())) {
    const auto iterator =
        stream_->get_iterator(shard.id, IteratorType::kTrimHorizon, {}, cluster_.now(), durable());
    if (iterator) oldest = std::min(oldest, iterator->next_number);
  }
  return oldest;
}

ShardPage Consumer::read(const std::string& shard_id, std::uint64_t from_number,
                         std::size_t limit) {
  ShardPage page;
  const Instant now = cluster_.now();
  if (!reachable()) {
    page.status = ShardPage::Status::kUnavailable;
    return page;
  }
  if (!gate_.admit(spec_.region, spec_.table, this, now)) {
    ++counts_.throttled_reads;
    page.status = ShardPage::Status::kThrottled;
    return page;
  }
  auto result = stream_->read({shard_id, from_number, now}, limit, now, durable());
  if (!result) {
    page.status = ShardPage::Status::kTrimmed;
    return page;
  }
  CHECK_DETAIL(is_page(result->records, from_number, limit),
               "a page is larger than a page, or torn");
  page.next_number = result->next ? result->next->next_number : from_number;
  page.more = result->more;
  page.end_of_shard = !result->next.has_value();
  page.records = std::move(result->records);
  return page;
}

bool Consumer::remember(const RecordView& view) {
  FilterMemo& memo = memo_[view.record->number % kMemoSize];
  if (memo.number != view.record->number || view.part == 0) memo = {view.record->number, 0};
  const bool passes_it = passes(view);
  if (passes_it) memo.passed |= static_cast<std::uint8_t>(1U << view.part);
  return passes_it;
}

bool Consumer::passes(const RecordView& view) {
  return patterns_.empty() || matcher_.matches(patterns_, view, context());
}

void Consumer::filter(const StreamRecord& record, std::vector<PassedPart>& passed) {
  const FilterMemo& memo = memo_[record.number % kMemoSize];
  const bool known = memo.number == record.number;
  if (known && memo.passed == 0) return;
  const auto views = presenter_.present(record, cluster_.keys(spec_.table).bytes(record.key));
  for (const RecordView& view : views) {
    const bool passes_it = known ? (memo.passed >> view.part & 1) != 0 : passes(view);
    if (!passes_it) continue;
    passed.push_back({view.part, static_cast<std::uint32_t>(view.size_bytes())});
  }
}

std::uint64_t Consumer::partition_hash(const StreamRecord& record) {
  return cluster_.keys(spec_.table).partition_hash(record.key);
}

std::size_t Consumer::fitting(const BatchView& batch) {
  return printer().fitting(batch);
}

void Consumer::on_shard(std::size_t shard, const std::string& id, StreamPlace starts_at) {
  if (shard >= shard_ids_.size()) shard_ids_.resize(shard + 1);
  shard_ids_[shard] = id;
  passed_(id, starts_at / 2);
}

void Consumer::on_checkpoint(std::size_t shard, StreamPlace place) {
  ledger_.on_checkpoint(shard, place);
  passed_(shard_ids_[shard], place / 2);
}

void Consumer::on_expired(std::size_t, StreamPlace from, StreamPlace to) {
  ledger_.on_expired(from, to);
}

// ---------------------------------------------------------------- invoking

void Consumer::invoke(const MappingInvocation& invocation) {
  const Instant now = cluster_.now();
  ledger_.on_invocation(now, invocation);
  digest_.add(invocation.id * 31 + invocation.batch.size);
  digest_.add(static_cast<std::uint64_t>(now.us));
  if (invocation.batch.size > 0) {
    const BufferedRecord& newest = invocation.batch[invocation.batch.size - 1];
    digest_.add(newest.place());
    counts_.iterator_age.add(now - newest.record.appended_at);
  }
  if (!log_.records.empty()) {
    LambdaEventPrinter lines = printer();
    std::string line;
    for (std::size_t i = 0; i < invocation.batch.size; ++i) {
      line.clear();
      lines.append_record(line, invocation.batch[i]);
      ConsumerLog::tell(log_.records, line);
    }
  }
  Duration took = draw_delay(spec_.handler.takes, dice_of(invocation).of("takes"));
  Running running{invocation, call(invocation, took), 0};
  running.invocation.window.reset();  // it borrows what the lane may change
  const bool failed = running.end.kind != InvocationEnd::Kind::kSuccess;
  running.processed = running.end.kind == InvocationEnd::Kind::kSuccess    ? invocation.batch.size
                      : running.end.kind == InvocationEnd::Kind::kFailFrom ? running.end.index
                                                                           : 0;
  ++counts_.invocations;
  if (failed) ++counts_.failed_invocations;
  digest_.add(static_cast<std::uint64_t>(running.processed));
  if (!log_.invocations.empty()) {
    std::string line =
        fmt::format(R"({{"at":{}.{:06},"invocation":{},"attempt":{},"shard":"{}","records":{},)"
                    R"("processed":{},"took_us":{})",
                    now.us / 1'000'000, now.us % 1'000'000, invocation.id, invocation.attempt,
                    invocation.shard_id, invocation.batch.size, running.processed, took.count());
    if (failed && running.end.function_error) {
      line += R"(,"error":)";
      append_json_string(line, counts_.last_error);
    }
    line += '}';
    ConsumerLog::tell(log_.invocations, line);
  }
  const std::uint64_t id = invocation.id;
  running_.emplace(id, std::move(running));
  end_at_(now + took, id);
}

void Consumer::on_end(Instant now, std::uint64_t invocation) {
  const auto found = running_.find(invocation);
  if (found == running_.end()) return;  // the poller crashed meanwhile
  const Running running = std::move(found->second);
  running_.erase(found);
  ledger_.on_end(running.invocation, running.processed);
  mapping_.on_end(now, invocation, running.end);
}

std::optional<InvocationEnd> Consumer::injected_fault(const MappingInvocation& invocation) {
  const HandlerFaults& faults = spec_.faults;
  InvocationEnd failure{.kind = InvocationEnd::Kind::kFailAll, .function_error = true};
  const std::int64_t number = counts_.invocations + 1;
  const bool unlucky =
      faults.fail_share > 0 && dice_of(invocation).of("faults").chance(faults.fail_share);
  if (unlucky || (faults.fail_every > 0 && number % faults.fail_every == 0)) {
    counts_.last_error = "a fault of the scenario: the function fails";
    return failure;
  }
  if (!poison_) return std::nullopt;
  for (std::size_t i = 0; i < invocation.batch.size; ++i) {
    if (invocation.batch[i].record.key != *poison_) continue;
    counts_.last_error = "a fault of the scenario: a poison record";
    if (spec_.report_batch_item_failures) {
      return InvocationEnd{.kind = InvocationEnd::Kind::kFailFrom, .index = i};
    }
    return failure;
  }
  return std::nullopt;
}

InvocationEnd Consumer::call(const MappingInvocation& invocation, Duration& took) {
  const HandlerFaults& faults = spec_.faults;
  const std::int64_t number = counts_.invocations + 1;
  if (faults.slow_every > 0 && number % faults.slow_every == 0) took += faults.slow;
  auto fault = injected_fault(invocation);
  InvocationEnd end;
  if (fault) {
    end = std::move(*fault);
  } else {
    std::string event;
    Invocation call;
    call.consumer = spec_.name;
    call.number = invocation.id;
    call.attempt = invocation.attempt;
    call.records = invocation.batch.size;
    call.event = [&]() -> std::string_view {
      if (event.empty()) event = printer().event(invocation);
      return event;
    };
    const HandlerResult result = handler_->handle(call);
    if (spec_.handler.takes_real_time) took += Duration{result.real_us};
    if (result.kind == HandlerResult::Kind::kReturned) {
      ConsumerLog::tell(log_.answers, result.response);
      end = read_answer(invocation, result.response);
    } else {
      counts_.last_error = result.error;
      if (result.kind == HandlerResult::Kind::kUnusable) unusable_ = result.error;
      end.kind = InvocationEnd::Kind::kFailAll;
      end.function_error = true;
    }
  }
  if (faults.timeout.count() > 0 && took > faults.timeout) {
    took = faults.timeout;
    end = {.kind = InvocationEnd::Kind::kFailAll, .function_error = true};
    counts_.last_error =
        fmt::format("a fault of the scenario: timed out after {}", to_text(faults.timeout));
  }
  return end;
}

InvocationEnd Consumer::read_answer(const MappingInvocation& invocation,
                                    const std::string& response) {
  InvocationEnd end;
  if (spec_.handler.kind == HandlerSpec::Kind::kRecord) return end;
  if (invocation.window && !invocation.window->final) {
    WindowState state = tumbling_state(response);
    if (state.kind == WindowState::Kind::kMissing) {
      counts_.last_error = state.why;
      return {.kind = InvocationEnd::Kind::kFailAll, .function_error = true};
    }
    end.window_state_too_large = state.kind == WindowState::Kind::kTooLarge;
    if (!end.window_state_too_large) end.window_state = std::move(state.state);
  }
  if (!spec_.report_batch_item_failures) return end;
  std::vector<std::string> numbers;
  for (std::size_t i = 0; i < invocation.batch.size; ++i) {
    const BufferedRecord& buffered = invocation.batch[i];
    numbers.push_back(stream_->sequence_number(buffered.record.number, buffered.part));
  }
  const std::vector<std::string_view> views(numbers.begin(), numbers.end());
  const BatchOutcome outcome = read_batch_response(response, views);
  switch (outcome.kind) {
    case BatchOutcome::Kind::kSuccess:
      break;
    case BatchOutcome::Kind::kFailFrom:
      end.kind = InvocationEnd::Kind::kFailFrom;
      end.index = outcome.index;
      break;
    case BatchOutcome::Kind::kFailAll:
      end.kind = InvocationEnd::Kind::kFailAll;
      counts_.last_error = outcome.why;
      break;
  }
  return end;
}

// By what its batch begins with and which attempt it is, so that it ends the same whatever else
// the function was called for.
Dice Consumer::dice_of(const MappingInvocation& invocation) const {
  Dice dice = dice_.of(invocation.shard_id).of(static_cast<std::uint64_t>(invocation.attempt));
  if (invocation.batch.size == 0) {
    return invocation.window ? dice.of(static_cast<std::uint64_t>(invocation.window->end_seconds))
                             : dice;
  }
  const BufferedRecord& first = invocation.batch[0];
  const Version& version = first.record.version;
  return dice.of(cluster_.keys(spec_.table).bytes(first.record.key))
      .of(static_cast<std::uint64_t>(version.timestamp.us) * 64 + version.origin.value())
      .of(first.part)
      .of(invocation.batch.size);
}

std::string Consumer::request_id(const MappingInvocation& invocation) const {
  Random words = dice_of(invocation).of("request").sequence();
  const std::uint64_t high = words.next();
  const std::uint64_t low = words.next();
  return fmt::format("{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}", high >> 32, (high >> 16) & 0xFFFF,
                     high & 0xFFF, 0x8000 | ((low >> 48) & 0x3FFF), low & 0xFFFFFFFFFFFFULL);
}

void Consumer::give_up(const MappingInvocation& last, GiveUpReason reason, bool function_error) {
  ledger_.on_given_up(cluster_.now(), last, reason);
  ++counts_.given_up_batches;
  if (last.batch.size == 0 || spec_.on_failure == FailureDestination::kNone ||
      log_.destination.empty()) {
    return;
  }
  const BufferedRecord& first = last.batch[0];
  const BufferedRecord& newest = last.batch[last.batch.size - 1];
  GivenUpBatch told;
  told.function_name = spec_.group;
  told.region = region_names_[spec_.region.index()];
  told.stream_arn = stream_arn_;
  told.request_id = request_id(last);
  told.reason = reason;
  told.function_error = function_error;
  told.at = region_clock();
  told.start_sequence_number = stream_->sequence_number(first.record.number, first.part);
  told.end_sequence_number = stream_->sequence_number(newest.record.number, newest.part);
  const bool whole = spec_.on_failure == FailureDestination::kBucket;
  ConsumerLog::tell(log_.destination,
                    destination_message(told, last, whole ? printer().event(last) : ""));
}

}  // namespace gtsim
