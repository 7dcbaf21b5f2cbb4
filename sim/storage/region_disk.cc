#include "sim/storage/region_disk.h"

#include <utility>

#include "region-node/base/check.h"

namespace gtsim {

RegionDisk::RegionDisk(DatabaseOptions options, Random random, const Report& report)
    : options_(std::move(options)), environment_(random) {
  for (std::size_t i = 0; i < options_.tables.size(); ++i) {
    witnesses_.push_back(std::make_unique<StorageWitness>(
        [report, table = TableId{static_cast<std::uint16_t>(i)}](
            KeyId key, const std::string& text) { report(table, key, text); }));
  }
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
  for (std::size_t i = 0; i < witnesses_.size(); ++i) {
    const TableId table{static_cast<std::uint16_t>(i)};
    witnesses_[i]->attach(database_->store(table), database_->table(table));
  }
}

std::optional<TableSnapshot> RegionDisk::take_saved(TableId table) {
  auto saved = database_->take_saved(table);
  witnesses_[table.index()]->compare_restored(saved.value_or(TableSnapshot{}));
  return saved;
}

std::optional<TableControlState> RegionDisk::take_saved_control(TableId table) {
  auto saved = database_->take_saved_control(table);
  witnesses_[table.index()]->compare_restored(saved.value_or(TableControlState{}));
  return saved;
}

CommitBatch RegionDisk::collect(const Replica& replica, const ControlPlane& control) {
  saver_.save(replica, &control, *database_);
  group_ = group_ + Duration{1};
  database_->save_instant(group_);
  for (std::size_t i = 0; i < witnesses_.size(); ++i) {
    const TableId table{static_cast<std::uint16_t>(i)};
    witnesses_[i]->on_collected(replica.table(table).snapshot(), control.state(table));
  }
  return database_->take_batch();
}

Result<void> RegionDisk::write(CommitBatch& batch) {
  auto written = database_->write(batch, /*sync=*/true);
  refused_ = !written;
  if (refused_) return written;
  database_->set_written(batch.number);
  for (const auto& witness : witnesses_) witness->on_written();
  return {};
}

void RegionDisk::give_back_memory() {
  for (std::size_t i = 0; i < options_.tables.size(); ++i) {
    database_->store(TableId{static_cast<std::uint16_t>(i)}).shrink();
  }
}

bool RegionDisk::crash(const PowerCut& cut, CommitBatch* under_way) {
  const Instant last = group_;
  const bool began = under_way != nullptr || refused_;
  if (under_way != nullptr) {
    // Into the machine's memory; how much of it the disk has got is the power cut's choice.
    const auto written = database_->write(*under_way, /*sync=*/false);
    CHECK_DETAIL(written.has_value(), written.error().detail);
  }
  environment_.cut_power(cut);
  database_.reset();
  environment_.restart();
  if (refused_) environment_.set_faults({});
  refused_ = false;
  open();
  const bool survived = began && database_->latest_instant() == last;
  for (const auto& witness : witnesses_) witness->on_crash(survived);
  return survived;
}

}  // namespace gtsim
