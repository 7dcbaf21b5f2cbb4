#include "sim/storage/region_disk.h"

#include <utility>

#include "region-node/base/check.h"

namespace gtsim {

RegionDisk::RegionDisk(DatabaseOptions options, Random random)
    : options_(std::move(options)), environment_(random) {
  options_.environment = &environment_;
  options_.run_background = [this] { environment_.run_background(); };
  open();
}

void RegionDisk::open() {
  auto opened = RegionDatabase::open(options_);
  CHECK_DETAIL(opened.has_value(), opened.error().detail);
  database_ = std::move(*opened);
  group_ = database_->latest_instant();
  saver_ = TableSaver{options_.tables.size()};
}

CommitBatch RegionDisk::collect(const Replica& replica) {
  saver_.save(replica, *database_);
  group_ = group_ + Duration{1};
  database_->save_instant(group_);
  return database_->take_batch();
}

void RegionDisk::write(CommitBatch& batch) {
  const auto written = database_->write(batch, /*sync=*/true);
  CHECK_DETAIL(written.has_value(), written.error().detail);
  database_->set_written(batch.number);
}

void RegionDisk::give_back_memory() {
  for (std::size_t i = 0; i < options_.tables.size(); ++i) {
    database_->store(TableId{static_cast<std::uint16_t>(i)}).shrink();
  }
}

bool RegionDisk::crash(const PowerCut& cut, CommitBatch* under_way) {
  const Instant last = group_;
  if (under_way != nullptr) {
    // Into the machine's memory; how much of it the disk has got is the power cut's choice.
    const auto written = database_->write(*under_way, /*sync=*/false);
    CHECK_DETAIL(written.has_value(), written.error().detail);
  }
  environment_.cut_power(cut);
  database_.reset();
  environment_.restart();
  open();
  return under_way != nullptr && database_->latest_instant() == last;
}

}  // namespace gtsim
