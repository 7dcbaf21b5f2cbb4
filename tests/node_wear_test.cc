// A day of wear in seconds: time in the nodes runs thousands of times quicker, writes and faults go
// on all the while. What was trimmed must give its space back, and the regions must still agree.
// GTSIM_WEAR_WRITES and GTSIM_WEAR_FAULTS make it longer (./dev soak).
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "region-node/base/random.h"
#include "tests/node_fixture.h"

namespace gtsim {
namespace {

int setting(const char* name, int otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::atoi(text);
}

std::uintmax_t bytes_in(const std::string& directory) {
  std::uintmax_t bytes = 0;
  std::error_code ignored;  // files come and go while a compaction runs
  for (const auto& entry : std::filesystem::directory_iterator{directory, ignored}) {
    const auto size = entry.file_size(ignored);
    if (!ignored) bytes += size;
  }
  return bytes;
}

// `count` writes at once, over `keys` keys; waits for all of them.
void write_many(TestNode& node, Random& random, int count, std::uint64_t keys, int stamp) {
  struct Progress {
    std::mutex mutex;
    std::condition_variable ended;
    int left = 0;
    std::string error;
  };
  auto progress = std::make_shared<Progress>();
  progress->left = count;
  const std::uint64_t seed = random.next();
  node.loop().post([=](NodeLoop& loop) {
    Random draw{seed};
    for (int i = 0; i < count; ++i) {
      const std::uint64_t key = draw.below(keys);
      const std::string payload = std::to_string(stamp + i) + std::string(180, 'w');
      loop.write(put_of(loop, kOrders, order_key_bytes(key), order_image(key, payload)),
                 [progress](const Result<OperationResults>& outcome, Instant) {
                   const std::lock_guard lock{progress->mutex};
                   if (!outcome) progress->error = outcome.error().detail;
                   if (--progress->left == 0) progress->ended.notify_one();
                 });
    }
  });
  std::unique_lock lock{progress->mutex};
  ASSERT_TRUE(progress->ended.wait_for(lock, std::chrono::seconds{60},
                                       [&] { return progress->left == 0; }));
  EXPECT_EQ(progress->error, "");
}

TEST(NodeWear, ADayOfWritesAndFaultsLeavesTheDiskAsSmallAsItsItems) {
  const int writes = setting("GTSIM_WEAR_WRITES", 60'000);
  const int faults = setting("GTSIM_WEAR_FAULTS", 60);
  constexpr int kChunk = 500;
  constexpr std::uint64_t kKeys = 500;
  // A day in the time that the writes take at about 10,000 a second, and an hour a second at least.
  const double rate = std::max(3600.0, 86'400.0 * 10'000 / writes);
  const std::int64_t started_us = std::chrono::duration_cast<std::chrono::microseconds>(
                                      std::chrono::system_clock::now().time_since_epoch())
                                      .count();
  TestCluster cluster{{"ap-south-1", "eu-west-1", "us-east-1"}, [&](NodeConfig& config) {
                        config.sync = SyncMode::kOff;
                        config.time.real_origin_us = started_us;
                        config.time.rate = rate;
                        config.write_buffer_bytes = 1u << 20;
                        config.replication.retry =
                            Duration{static_cast<std::int64_t>(200'000 * rate)};
                        config.drain = Duration{50'000};
                      }};
  Random random{2026};
  std::uintmax_t most = 0;
  int written = 0;
  int done = 0;
  for (int round = 0; round * kChunk < writes; ++round) {
    const std::size_t region = static_cast<std::size_t>(random.below(3));
    write_many(cluster[region], random, kChunk, kKeys, written);
    written += kChunk;
    if (static_cast<double>(written) / writes > static_cast<double>(done) / faults) {
      ++done;
      const auto other = (region + 1 + random.below(2)) % 3;
      if (random.chance(0.1)) {
        cluster[other].stop();
        cluster[other].start();
        cluster.introduce(other);
      } else {
        cluster.cut(region, other, random.chance(0.5));
      }
    }
    for (std::size_t i = 0; i < 3; ++i) most = std::max(most, bytes_in(cluster[i].config().data));
  }
  for (std::size_t from = 0; from < 3; ++from) {
    for (std::size_t to = 0; to < 3; ++to) {
      if (from != to) cluster.cut(from, to, false);
    }
  }
  EXPECT_TRUE(cluster.converged());

  // A day later nothing is left but the items.
  for (std::size_t i = 0; i < 3; ++i) {
    TestNode& node = cluster[i];
    EXPECT_TRUE(eventually([&] {
      return node.ask<bool>([](NodeLoop& loop) {
        const Stream& stream = *loop.replica().table(kOrders).stream();
        const Instant now = loop.moment().now;
        for (const ShardInfo& shard : stream.shards(now, stream.position())) {
          const auto first =
              stream.get_iterator(shard.id, IteratorType::kTrimHorizon, {}, now, stream.position());
          const auto page = stream.read(*first, 1, now, stream.position());
          if (!page || !page->records.empty()) return false;
        }
        return true;
      });
    })) << "records older than a day can still be read";
    const std::string& data = node.config().data;
    EXPECT_TRUE(eventually([&] { return bytes_in(data) < (8u << 20); }))
        << bytes_in(data) << " bytes are left of " << most << " at most";
    std::uint64_t entries = node.ask<std::uint64_t>(
        [](NodeLoop& loop) { return loop.replica().table(kOrders).sender().backlog(); });
    EXPECT_EQ(entries, 0u);
  }
  RecordProperty("most_bytes", std::to_string(most));
}

}  // namespace
}  // namespace gtsim
