// Databases in directories of their own, as tests of storage open them.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "region-node/storage/region_database.h"
#include "tests/order_item.h"

namespace gtsim::storage_fixture {

inline Version version_of(std::int64_t timestamp_us, std::uint16_t region = 0) {
  return {WallTime{timestamp_us}, RegionId{region}};
}

inline DatabaseOptions options_in(const std::string& path) {
  DatabaseOptions options;
  options.path = path;
  options.cluster = "test";
  options.region = "eu-west-1";
  options.regions = {"eu-west-1", "us-east-1"};
  options.tables = {{.name = "orders", .key = order_key()}};
  return options;
}

inline void commit(RegionDatabase& database) {
  CommitBatch batch = database.take_batch();
  ASSERT_TRUE(database.write(batch, /*sync=*/false));
  database.set_written(batch.number);
}

inline std::unique_ptr<RegionDatabase> open(const DatabaseOptions& options) {
  auto opened = RegionDatabase::open(options);
  EXPECT_TRUE(opened) << opened.error().detail;
  return opened ? std::move(*opened) : nullptr;
}

inline std::string refusal(const DatabaseOptions& options) {
  const auto opened = RegionDatabase::open(options);
  return opened ? "opened" : opened.error().detail;
}

}  // namespace gtsim::storage_fixture
