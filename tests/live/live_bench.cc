// How quick live regions are, each figure beside the limit that it is measured against, in one run:
// the machines are noisy, so ratios count. Two nodes share the machine's cores, as two processes
// would.
//
//   gtsim_live_bench [--seconds N] [part ...]
//   parts: local replicate memory latency catchup start
#include <fmt/core.h>
#include <leveldb/db.h>
#include <leveldb/filter_policy.h>
#include <leveldb/write_batch.h>
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <fstream>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "region-node/base/random.h"
#include "region-node/item/canonical.h"
#include "region-node/node/node_loop.h"
#include "tests/node_write.h"
#include "tests/order_item.h"
#include "tests/temporary_directory.h"

namespace gtsim {

// Of LevelDB, on both sides.
std::size_t write_buffer_bytes = NodeConfig{}.write_buffer_bytes;

namespace {

using Clock = std::chrono::steady_clock;

constexpr int kKeys = 100'000;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// Canonical images of 200 bytes by the service's arithmetic, give or take, a few per key.
struct Data {
  Data() {
    for (int i = 0; i < kKeys; ++i) {
      Item item;
      item.emplace("PK", AttributeValue::string(fmt::format("key-{:08}", i)));
      keys.push_back(encode_item(item));
      item.emplace("payload", AttributeValue::string(std::string(175, 'x')));
      images.push_back(encode_item(item));
      payload_at = images.back().find("xxxx");
    }
  }
  // Another image at every call.
  Image image(std::size_t key, std::uint64_t stamp) {
    std::string& bytes = images[key];
    std::memcpy(bytes.data() + payload_at, &stamp, 7);
    for (std::size_t i = 0; i < 7; ++i) {
      char& each = bytes[payload_at + i];
      each = static_cast<char>('a' + (static_cast<unsigned char>(each) & 15));
    }
    return Image::make(bytes, 198);
  }
  std::vector<std::string> keys;
  std::vector<std::string> images;
  std::size_t payload_at = 0;
};

// ---------------------------------------------------------------- limits

// LevelDB alone: get, then put of item and record, `batch` of them in one write.
double bare_level_db(Data& data, int batch, bool sync, double seconds) {
  const TemporaryDirectory directory;
  leveldb::Options options;
  options.create_if_missing = true;
  options.write_buffer_size = write_buffer_bytes;
  options.compression = leveldb::kNoCompression;
  const std::unique_ptr<const leveldb::FilterPolicy> filter{leveldb::NewBloomFilterPolicy(10)};
  options.filter_policy = filter.get();
  leveldb::DB* opened = nullptr;
  if (!leveldb::DB::Open(options, directory.path() + "/db", &opened).ok()) return 0;
  const std::unique_ptr<leveldb::DB> database{opened};
  Random random{1};
  std::uint64_t written = 0;
  std::string held;
  leveldb::WriteOptions write_options;
  write_options.sync = sync;
  const auto start = Clock::now();
  while (seconds_since(start) < seconds) {
    leveldb::WriteBatch group;
    for (int i = 0; i < batch; ++i, ++written) {
      const std::size_t key = random.below(kKeys);
      const std::string item_key = "i" + data.keys[key];
      static_cast<void>(database->Get({}, item_key, &held));
      const Image image = data.image(key, written);
      group.Put(item_key, leveldb::Slice{image.bytes().data(), image.bytes().size()});
      group.Put(fmt::format("r{:016}", written),
                leveldb::Slice{image.bytes().data(), image.bytes().size()});
    }
    if (!database->Write(write_options, &group).ok()) return 0;
  }
  return static_cast<double>(written) / seconds_since(start);
}

// ---------------------------------------------------------------- nodes

NodeConfig config_of(const std::string& region, const std::string& data, SyncMode sync) {
  NodeConfig config;
  config.cluster = "bench";
  config.write_buffer_bytes = write_buffer_bytes;
  config.region = region;
  config.regions = {"eu-west-1", "us-east-1"};
  config.data = data;
  config.sync = sync;
  NodeTable table;
  table.name = "orders";
  table.key = order_key();
  table.regions = {RegionId{0}, RegionId{1}};
  config.tables = {table};
  return config;
}

std::unique_ptr<NodeLoop> start_node(NodeConfig config) {
  auto opened = NodeLoop::open(std::move(config));
  if (!opened) {
    fmt::print(stderr, "cannot open: {}\n", opened.error().detail);
    std::exit(1);
  }
  if (auto started = (*opened)->start(); !started) {
    fmt::print(stderr, "cannot start: {}\n", started.error().detail);
    std::exit(1);
  }
  return std::move(*opened);
}

// Runs on the loop and waits for the answer.
template <class T>
T ask(NodeLoop& node, std::function<T(NodeLoop&)> question) {
  std::mutex mutex;
  std::condition_variable answered;
  std::optional<T> answer;
  node.post([&](NodeLoop& loop) {
    T value = question(loop);
    const std::lock_guard lock{mutex};
    answer = std::move(value);
    answered.notify_one();
  });
  std::unique_lock lock{mutex};
  answered.wait(lock, [&] { return answer.has_value(); });
  return *answer;
}

std::uint64_t durable_log_end(NodeLoop& node) {
  return ask<std::uint64_t>(node, [](NodeLoop& loop) { return loop.durable(kOrders).log_end; });
}
std::uint64_t durable_received(NodeLoop& node, RegionId from) {
  return ask<std::uint64_t>(node, [from](NodeLoop& loop) {
    const auto& received = loop.durable(kOrders).received;
    return from.index() < received.size() ? received[from.index()].floor() : 0;
  });
}

// Closed loop: `writers` writes are always under way.
class Writers {
 public:
  Writers(NodeLoop& node, Data& data, int writers)
      : node_(node), data_(data), writers_(writers), random_(7) {}

  void start() {
    active_ = writers_;
    for (int i = 0; i < writers_; ++i) {
      node_.post([this](NodeLoop& loop) { write(loop); });
    }
  }
  // No new ones; waits for those under way.
  void stop() {
    stopping_ = true;
    std::unique_lock lock{mutex_};
    ended_.wait(lock, [this] { return active_ == 0; });
  }
  [[nodiscard]] std::uint64_t done() const { return done_; }

 private:
  void write(NodeLoop& loop) {
    const std::size_t key = random_.below(kKeys);
    WriteCall write = put_of(loop, kOrders, data_.keys[key], data_.image(key, ++stamp_));
    loop.write(std::move(write), [this](const Result<OperationResults>& outcome, Instant) {
      if (outcome) ++done_;
      if (!stopping_) {
        node_.post([this](NodeLoop& next) { this->write(next); });
        return;
      }
      const std::lock_guard lock{mutex_};
      if (--active_ == 0) ended_.notify_one();
    });
  }

  NodeLoop& node_;
  Data& data_;
  int writers_;
  Random random_;
  std::uint64_t stamp_ = 0;
  std::atomic<std::uint64_t> done_{0};
  std::atomic<bool> stopping_{false};
  std::mutex mutex_;
  std::condition_variable ended_;
  int active_ = 0;
};

double local_writes(Data& data, SyncMode sync, int writers, double seconds) {
  const TemporaryDirectory directory;
  NodeConfig config = config_of("eu-west-1", directory.path() + "/region", sync);
  config.tables[0].regions = {RegionId{0}};
  auto node = start_node(std::move(config));
  Writers load{*node, data, writers};
  const auto start = Clock::now();
  load.start();
  std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
  const double rate = static_cast<double>(load.done()) / seconds_since(start);
  load.stop();
  return rate;
}

struct Pair {
  Pair(SyncMode sync, bool in_memory)
      : origin(start_node(
            config_of("eu-west-1", in_memory ? "" : directory.path() + "/origin", sync))),
        receiver(start_node(
            config_of("us-east-1", in_memory ? "" : directory.path() + "/receiver", sync))) {
    connect();
  }
  void connect() {
    const std::string to_receiver = receiver->replication_address();
    const std::string to_origin = origin->replication_address();
    origin->post([to_receiver](NodeLoop& loop) { loop.set_peer(RegionId{1}, to_receiver); });
    receiver->post([to_origin](NodeLoop& loop) { loop.set_peer(RegionId{0}, to_origin); });
    const auto connected = [](NodeLoop& node, RegionId to) {
      return ask<bool>(node, [to](NodeLoop& loop) { return loop.link_state(to).connected; });
    };
    while (!connected(*origin, RegionId{1}) || !connected(*receiver, RegionId{0})) {
      std::this_thread::sleep_for(std::chrono::milliseconds{1});
    }
  }
  TemporaryDirectory directory;
  std::unique_ptr<NodeLoop> origin;
  std::unique_ptr<NodeLoop> receiver;
};

// Writes at the origin until the time is up, then waits until the receiver has them.
double replicate(Data& data, bool in_memory, int writers, double seconds) {
  Pair pair{SyncMode::kOff, in_memory};
  Writers load{*pair.origin, data, writers};
  const auto start = Clock::now();
  load.start();
  std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
  load.stop();
  const std::uint64_t end = durable_log_end(*pair.origin);
  while (durable_received(*pair.receiver, RegionId{0}) < end) {
    std::this_thread::sleep_for(std::chrono::microseconds{200});
  }
  return static_cast<double>(end) / seconds_since(start);
}

// Open loop: a chunk of writes every few milliseconds, `rate` a second. Returns ReplicationLatency
// of the changes, after a first second that does not count.
LagHistogram lag_at(Data& data, double rate, double seconds) {
  Pair pair{SyncMode::kOff, false};
  Random random{11};
  std::uint64_t stamp = 0;
  std::uint64_t asked = 0;
  const auto start = Clock::now();
  bool warm = false;
  while (seconds_since(start) < seconds + 1) {
    const auto due = static_cast<std::uint64_t>(seconds_since(start) * rate);
    const std::uint64_t count = due - std::min(asked, due);
    asked = due;
    pair.origin->post([&, count](NodeLoop& loop) {
      for (std::uint64_t i = 0; i < count; ++i) {
        const std::size_t key = random.below(kKeys);
        loop.write(put_of(loop, kOrders, data.keys[key], data.image(key, ++stamp)),
                   [](const Result<OperationResults>&, Instant) {});
      }
    });
    if (!warm && seconds_since(start) > 1) {
      warm = true;
      pair.receiver->post([](NodeLoop& loop) { loop.forget_lags(); });
    }
    std::this_thread::sleep_for(std::chrono::milliseconds{1});
  }
  return ask<LagHistogram>(*pair.receiver,
                           [](NodeLoop& loop) { return loop.counters().lag_from[0]; });
}

std::size_t resident_mib() {
  std::ifstream statm{"/proc/self/statm"};
  std::size_t size = 0;
  std::size_t resident = 0;
  statm >> size >> resident;
  return resident * 4096 >> 20;
}

// The backlog of a cut link: how long it takes to write, and to drain. Both nodes are in this
// process.
void catch_up(Data& data, std::uint64_t records) {
  Pair pair{SyncMode::kOff, false};
  pair.origin->post([](NodeLoop& loop) { loop.set_link(RegionId{1}, true, {}, false); });
  Writers load{*pair.origin, data, 512};
  load.start();
  while (load.done() < records) std::this_thread::sleep_for(std::chrono::milliseconds{5});
  load.stop();
  const std::uint64_t end = durable_log_end(*pair.origin);
  const std::size_t before = resident_mib();
  pair.origin->post([](NodeLoop& loop) { loop.set_link(RegionId{1}, false, {}, false); });
  const auto start = Clock::now();
  std::size_t most = before;
  while (durable_received(*pair.receiver, RegionId{0}) < end) {
    most = std::max(most, resident_mib());
    std::this_thread::sleep_for(std::chrono::milliseconds{20});
  }
  fmt::print("catch-up of {} changes: {:.0f}/s, resident memory of both nodes at most {} MiB\n",
             end, static_cast<double>(end) / seconds_since(start), most);
}

void start_times(Data& data, int items) {
  const TemporaryDirectory directory;
  const auto open = [&] {
    NodeConfig config = config_of("eu-west-1", directory.path() + "/region", SyncMode::kOff);
    config.tables[0].regions = {RegionId{0}};
    const auto start = Clock::now();
    auto node = start_node(std::move(config));
    static_cast<void>(ask<bool>(*node, [](NodeLoop&) { return true; }));
    return std::pair{std::move(node), 1000 * seconds_since(start)};
  };
  auto [node, empty_ms] = open();
  const int chunk = 1000;
  for (int first = 0; first < items; first += chunk) {
    ask<bool>(*node, [&, first](NodeLoop& loop) {
      for (int i = first; i < first + chunk; ++i) {
        const auto key = static_cast<std::uint64_t>(i);
        const std::string payload(175, 'y');
        loop.write(put_of(loop, kOrders, order_key_bytes(key), order_image(key, payload)),
                   [](const Result<OperationResults>&, Instant) {});
      }
      return true;
    });
  }
  node.reset();
  auto [again, full_ms] = open();
  fmt::print("start: {:.0f} ms with an empty directory, {:.0f} ms with {} items\n", empty_ms,
             full_ms, items);
  static_cast<void>(data);
}

void print_row(const char* what, double rate, double limit) {
  fmt::print("{:<58}{:>12.0f}{:>12.0f}{:>8.0f} %\n", what, rate, limit, 100 * rate / limit);
}

// By turns, because the machine is quicker at one time than at another: the medians of three.
void compare(const std::string& what, const std::function<double()>& gtsim,
             const std::function<double()>& limit) {
  std::array<double, 3> ours{};
  std::array<double, 3> bare{};
  for (std::size_t i = 0; i < ours.size(); ++i) {
    bare[i] = limit();
    ours[i] = gtsim();
  }
  std::sort(ours.begin(), ours.end());
  std::sort(bare.begin(), bare.end());
  print_row(what.c_str(), ours[1], bare[1]);
}

int main_of(const std::set<std::string>& parts, double seconds) {
  const auto wants = [&](const char* part) { return parts.empty() || parts.contains(part); };
  Data data;
  // First, because what other parts give back to the allocator would count as these nodes' memory.
  if (wants("catchup")) catch_up(data, 1'000'000);
  fmt::print("{:<58}{:>12}{:>12}{:>10}\n", "per second", "gtsim", "limit", "ratio");
  if (wants("local")) {
    for (const int group : {1, 64}) {
      compare(
          fmt::format("local writes, synced, {} writers", group),
          [&] { return local_writes(data, SyncMode::kAlways, group, seconds); },
          [&] { return bare_level_db(data, group, true, seconds); });
    }
    compare(
        "local writes, not synced, 64 writers",
        [&] { return local_writes(data, SyncMode::kOff, 64, seconds); },
        [&] { return bare_level_db(data, 64, false, seconds); });
  }
  if (wants("replicate")) {
    for (const int group : {1, 64, 512}) {
      compare(
          fmt::format("replicated end to end, LevelDB, {} writers", group),
          [&] { return replicate(data, false, group, seconds); },
          [&] { return bare_level_db(data, group, false, seconds); });
    }
  }
  if (wants("memory")) {
    print_row("replicated end to end, memory, 512 writers", replicate(data, true, 512, seconds),
              400'000);
  }
  if (wants("latency")) {
    fmt::print("{:<58}{:>12}{:>12}{:>12}\n", "commit at the origin to commit at the receiver",
               "p50 us", "p99 us", "changes");
    const double full_rate = replicate(data, false, 64, seconds);
    for (const double rate : {100.0, 10'000.0, full_rate / 2}) {
      const LagHistogram lag = lag_at(data, rate, seconds);
      fmt::print("{:<58}{:>12}{:>12}{:>12}\n", fmt::format("at {:.0f} writes/s, LevelDB", rate),
                 lag.percentile(0.5).count(), lag.percentile(0.99).count(), lag.count());
    }
  }
  if (wants("start")) start_times(data, 1'000'000);
  return 0;
}

}  // namespace
}  // namespace gtsim

int main(int argc, char** argv) {
  std::set<std::string> parts;
  double seconds = 3;
  for (int i = 1; i < argc; ++i) {
    if (std::string{argv[i]} == "--seconds" && i + 1 < argc) {
      seconds = std::stod(argv[++i]);
    } else if (std::string{argv[i]} == "--write-buffer-mib" && i + 1 < argc) {
      gtsim::write_buffer_bytes = std::stoul(argv[++i]) << 20;
    } else {
      parts.insert(argv[i]);
    }
  }
  return gtsim::main_of(parts, seconds);
}
