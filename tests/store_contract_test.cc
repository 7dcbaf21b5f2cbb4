// The contract that every store keeps (store.h), for the memory store and the one on LevelDB.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "region-node/base/random.h"
#include "region-node/table/memory_store.h"
#include "tests/storage_fixture.h"
#include "tests/temporary_directory.h"

namespace gtsim::storage_fixture {
namespace {

struct Subject {
  virtual ~Subject() = default;
  virtual Store& store() = 0;
  virtual KeySpace& keys() = 0;
  virtual void checkpoint() {}  // everything put so far may leave memory
};

struct MemorySubject final : Subject {
  Store& store() override { return store_; }
  KeySpace& keys() override { return keys_; }
  MemoryStore store_;
  KeySpace keys_;
};

struct LevelDbSubject final : Subject {
  explicit LevelDbSubject(std::size_t cache_bytes) {
    DatabaseOptions options = options_in(directory_.path() + "/region");
    options.cache_bytes = cache_bytes;
    database_ = open(options);
  }
  Store& store() override { return database_->store(kOrders); }
  KeySpace& keys() override { return database_->keys(kOrders); }
  void checkpoint() override {
    commit(*database_);
    store().shrink();
  }
  TemporaryDirectory directory_;
  std::unique_ptr<RegionDatabase> database_;
};

struct Kind {
  const char* name;
  std::unique_ptr<Subject> (*make)();
};
const Kind kKinds[] = {
    {"Memory", [] { return std::unique_ptr<Subject>(new MemorySubject); }},
    {"LevelDb", [] { return std::unique_ptr<Subject>(new LevelDbSubject(64u << 20)); }},
    // Every image leaves memory as soon as it may.
    {"LevelDbWithoutCache", [] { return std::unique_ptr<Subject>(new LevelDbSubject(0)); }},
};

class StoreContract : public testing::TestWithParam<Kind> {
 protected:
  std::unique_ptr<Subject> subject_ = GetParam().make();
  Store& store_ = subject_->store();
  KeySpace& keys_ = subject_->keys();
};

TEST_P(StoreContract, AKeyWithoutAnEntryWasNeverWritten) {
  const KeyId key = intern_order(keys_, 1);
  EXPECT_FALSE(store_.get(key).version.ever_written());
  EXPECT_FALSE(store_.get(key).image);
  EXPECT_EQ(store_.key_count(), 0u);
}

TEST_P(StoreContract, GivesBackWhatWasPut) {
  const KeyId key = intern_order(keys_, 1);
  store_.put(key, {order_image(1, "first"), version_of(10, 1), false});
  subject_->checkpoint();
  const StoredItem& held = store_.get(key);
  EXPECT_EQ(held.image, order_image(1, "first"));
  EXPECT_EQ(held.image.size_bytes(), order_image(1, "first").size_bytes());
  EXPECT_EQ(held.version, version_of(10, 1));
  EXPECT_FALSE(held.acknowledged);
}

TEST_P(StoreContract, TheLatestPutCounts) {
  const KeyId key = intern_order(keys_, 1);
  store_.put(key, {order_image(1, "first"), version_of(10)});
  store_.put(key, {order_image(1, "second"), version_of(11)});
  EXPECT_EQ(store_.get(key).image, order_image(1, "second"));
  subject_->checkpoint();
  EXPECT_EQ(store_.get(key).image, order_image(1, "second"));
}

TEST_P(StoreContract, ATombstoneKeepsItsVersion) {
  const KeyId key = intern_order(keys_, 1);
  store_.put(key, {order_image(1, "first"), version_of(10)});
  store_.put(key, {Image{}, version_of(12)});
  subject_->checkpoint();
  EXPECT_FALSE(store_.get(key).image);
  EXPECT_EQ(store_.get(key).version, version_of(12));
}

TEST_P(StoreContract, KeysThatWereInternedOnlyStayUnwritten) {
  const KeyId passed = intern_order(keys_, 1);
  const KeyId key = intern_order(keys_, 2);
  store_.put(key, {order_image(2, "x"), version_of(10)});
  subject_->checkpoint();
  EXPECT_FALSE(store_.get(passed).version.ever_written());
  EXPECT_GE(store_.key_count(), 2u);
}

TEST_P(StoreContract, ForgetsEverythingWhenCleared) {
  const KeyId key = intern_order(keys_, 1);
  store_.put(key, {order_image(1, "first"), version_of(10)});
  subject_->checkpoint();
  store_.clear();
  subject_->checkpoint();
  EXPECT_FALSE(store_.get(key).version.ever_written());
}

TEST_P(StoreContract, AgreesWithAMapUnderRandomWrites) {
  Random random{7};
  std::vector<StoredItem> expected(50);
  for (int step = 0; step < 5000; ++step) {
    const int number = static_cast<int>(random.below(50));
    const KeyId key = intern_order(keys_, number);
    StoredItem item{random.chance(0.2) ? Image{} : order_image(number, std::to_string(step)),
                    version_of(step + 1, static_cast<std::uint16_t>(random.below(2))),
                    random.chance(0.5)};
    expected[key.index()] = item;
    store_.put(key, std::move(item));
    if (random.chance(0.05)) subject_->checkpoint();
    const KeyId other{static_cast<std::uint32_t>(random.below(keys_.size()))};
    ASSERT_EQ(store_.get(other).image, expected[other.index()].image) << "step " << step;
    ASSERT_EQ(store_.get(other).version, expected[other.index()].version) << "step " << step;
  }
}

INSTANTIATE_TEST_SUITE_P(All, StoreContract, testing::ValuesIn(kKinds),
                         [](const auto& parameter) { return std::string{parameter.param.name}; });

}  // namespace
}  // namespace gtsim::storage_fixture
