// Data directories that earlier programs have left behind. For each number of the format there is
// one, made by the program of then (make_data_directory.sh) and never made again, with a text of
// what it holds. This program opens it and finds all of that, or refuses it with a word; what it
// may not do is to read something else.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "region-node/item/dynamodb_json.h"
#include "region-node/storage/region_database.h"
#include "tests/temporary_directory.h"

namespace gtsim {
namespace {

namespace fs = std::filesystem;

const std::vector<std::string> kRegions = {"eu-west-1", "us-east-1"};

// The first number that a release has written.
constexpr std::uint64_t kFirstNumber = 2;

fs::path kept(std::uint64_t number) {
  return fs::path{GTSIM_SOURCE_DIR} / "tests/data/data-directory" /
         fmt::format("format-{}", number);
}

std::string contents(const fs::path& path) {
  std::ifstream file{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, {}};
}

DatabaseOptions options_of(const std::string& path) {
  DatabaseOptions options;
  options.path = path;
  options.cluster = "kept";
  options.region = kRegions[0];
  options.regions = kRegions;
  const KeyAttribute partition{"PK", AttributeType::kS};
  options.tables = {{.name = "orders", .key = {partition, std::nullopt}, .shards = 2},
                    {.name = "empty", .key = {partition, KeyAttribute{"SK", AttributeType::kN}}}};
  return options;
}

std::string text_of(Version version) {
  if (!version.ever_written()) return "never";
  return fmt::format("{} of {}", to_iso8601(version.timestamp, 6),
                     kRegions[version.origin.index()]);
}

std::string text_of(const Image& image) {
  if (!image) return "nothing";
  std::string json;
  append_item_json(json, image.bytes());
  return json;
}

// Everything that a region goes on with, one thing a line.
class Description {
 public:
  explicit Description(RegionDatabase& database) : database_(database) {}

  std::string run() {
    line("latest instant {}", to_iso8601(WallTime{database_.latest_instant().us}, 6));
    line("journal from {} to {}", database_.journal_first(), database_.journal_end());
    for (std::size_t i = 0; i < database_.tables().size(); ++i) {
      table(TableId{static_cast<std::uint16_t>(i)});
    }
    return std::move(text_);
  }

 private:
  template <class... Arguments>
  void line(fmt::format_string<Arguments...> form, Arguments&&... arguments) {
    text_ += fmt::format(form, std::forward<Arguments>(arguments)...) + "\n";
  }

  std::string key(TableId table, KeyId key) {
    std::string json;
    append_item_json(json, database_.keys(table).bytes(key));
    return json;
  }

  void table(TableId id) {
    const auto saved = database_.take_saved(id);
    if (!saved) return line("table {}: new", id.index());
    line("table {}: {}", id.index(), to_text(saved->status));
    const format::StoredTable& definition = database_.tables()[id.index()];
    if (!definition.by_configuration) {
      line("  came without a configuration: {}, key {} of type {}", definition.name,
           definition.key.hash.name, type_name(definition.key.hash.type));
    }
    for (std::size_t i = 0; i < saved->received.size(); ++i) {
      line("  received from {}: {}", kRegions[i], saved->received[i].floor());
    }
    for (const TableCursors::Member& member : saved->members) {
      line("  acknowledged by {}: {}", kRegions[member.region.index()], member.acknowledged);
    }
    line("  back-fills: {}", saved->backfills.size());
    const auto control = database_.take_saved_control(id);
    for (const TableView::Member& member : control.value_or(TableControlState{}).members) {
      line("  the control plane knows {}: {}", kRegions[member.region.index()],
           to_text(member.status));
    }
    items(id);
    log(id, *saved);
    for (std::size_t i = 0; i < saved->streams.size(); ++i) stream(id, i, saved->streams[i]);
  }

  void items(TableId id) {
    const Store& store = database_.store(id);
    for (std::uint32_t i = 0; i < database_.keys(id).size(); ++i) {
      const StoredItem& item = store.get(KeyId{i});
      line("  item {}, partition {:016x}: {}{}: {}", key(id, KeyId{i}),
           database_.keys(id).partition_hash(KeyId{i}), text_of(item.version),
           item.acknowledged ? "" : ", not acknowledged", text_of(item.image));
    }
  }

  void log(TableId id, const TableCursors& cursors) {
    line("  log from {} to {}", cursors.log_first, cursors.log_end);
    std::vector<Change> changes;
    database_.table(id).read_log(cursors.log_first, SIZE_MAX, changes);
    for (std::size_t i = 0; i < changes.size(); ++i) {
      const Change& change = changes[i];
      line("  change {} of {}: {}, committed {}{}: {}", cursors.log_first + i, key(id, change.key),
           text_of(change.version), to_iso8601(WallTime{change.committed_at.us}, 6),
           change.acknowledged ? "" : ", not acknowledged", text_of(change.image));
    }
  }

  void stream(TableId id, std::size_t number, const StreamSnapshot& stream) {
    line("  stream {} of {}, salt {}: {}, {} shards opened, next record {}", number,
         stream.options.label, stream.options.salt, to_text(stream.status), stream.shards_opened,
         stream.next_number);
    for (std::size_t i = 0; i < stream.shards.size(); ++i) {
      const ShardInfo& shard = stream.shards[i];
      line("  {}: partitions {:016x} to {:016x}, from record {}, {}", shard.id, shard.hash_first,
           shard.hash_last, shard.first_number, shard.open() ? "open" : "closed");
      std::vector<StreamRecord> records;
      database_.table(id).records(number).read_records(shard.ordinal, 0, SIZE_MAX, SIZE_MAX,
                                                       records);
      for (const StreamRecord& record : records) {
        line("    record {} of {}: {} {}{}{}, {} over {}, made {}, appended {}: {} instead of {}",
             record.number, key(id, record.key), to_text(record.origin), to_text(record.event),
             record.ttl_identity ? " by TTL" : "", record.by_update ? " by an update" : "",
             text_of(record.version), text_of(record.old_version), to_iso8601(record.created_at, 6),
             to_iso8601(WallTime{record.appended_at.us}, 6), text_of(record.new_image),
             text_of(record.old_image));
      }
    }
  }

  RegionDatabase& database_;
  std::string text_;
};

class DataDirectory : public testing::TestWithParam<std::uint64_t> {};

TEST_P(DataDirectory, OpensWithAllThatItHeldOrIsRefusedWithAWord) {
  const fs::path source = kept(GetParam());
  ASSERT_TRUE(fs::exists(source / "CURRENT"))
      << source << " is missing: a new number of the format needs a directory of its own, made by "
      << "tests/make_data_directory.sh";
  // Opening writes.
  const TemporaryDirectory directory;
  const std::string path = directory.path() + "/region";
  fs::copy(source, path);
  auto opened = RegionDatabase::open(options_of(path));
  if (!opened) {
    EXPECT_LT(GetParam(), format::kNumber) << opened.error().detail;
    EXPECT_NE(opened.error().detail.find(fmt::format("has format {},", GetParam())),
              std::string::npos)
        << opened.error().detail;
    return;
  }
  const std::string held = Description(**opened).run();
  if (std::getenv("GTSIM_WRITE_DOCS") != nullptr) {
    std::ofstream{source.string() + ".txt", std::ios::binary} << held;
  }
  EXPECT_EQ(held, contents(source.string() + ".txt"));
  // And again, from what this program has made of it.
  opened->reset();
  opened = RegionDatabase::open(options_of(path));
  ASSERT_TRUE(opened) << opened.error().detail;
  EXPECT_EQ(Description(**opened).run(), held);
}

INSTANTIATE_TEST_SUITE_P(Format, DataDirectory, testing::Range(kFirstNumber, format::kNumber + 1),
                         [](const auto& test) { return std::to_string(test.param); });

// The test above is worth what the directory holds.
TEST(DataDirectoryText, TheNewestHoldsSomethingOfEachKind) {
  const std::string text = contents(kept(format::kNumber).string() + ".txt");
  for (const char* part :
       {"of us-east-1: {", "of eu-west-1: {", "of us-east-1: nothing", "of eu-west-1: nothing",
        "  change ", "APPLICATION INSERT", "APPLICATION MODIFY", "APPLICATION REMOVE",
        "REPLICATION INSERT", "REPLICATION REMOVE", "2 shards opened", "table 1: ACTIVE",
        "table 2: ACTIVE", "  came without a configuration"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part;
  }
}

}  // namespace
}  // namespace gtsim
