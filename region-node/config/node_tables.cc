#include "region-node/config/node_tables.h"

#include <mutex>
#include <utility>

#include "region-node/base/check.h"

namespace gtsim {

NodeTables::NodeTables(std::initializer_list<NodeTable> tables) {
  for (const NodeTable& table : tables) push_back(table);
}

NodeTables::NodeTables(const NodeTables& other) {
  for (const NodeTable& table : other) push_back(table);
}

NodeTables& NodeTables::operator=(const NodeTables& other) {
  if (this == &other) return *this;
  std::vector<NodeTable> copies;
  for (const NodeTable& table : other) copies.push_back(table);
  assign(std::move(copies));
  return *this;
}

std::size_t NodeTables::size() const {
  const std::shared_lock lock(mutex_);
  return tables_.size();
}

std::shared_ptr<const NodeTable> NodeTables::get(TableId table) const {
  const std::shared_lock lock(mutex_);
  return tables_[table.index()];
}

const NodeTable& NodeTables::operator[](std::size_t index) const {
  const std::shared_lock lock(mutex_);
  return *tables_[index];
}

NodeTable& NodeTables::operator[](std::size_t index) {
  const std::shared_lock lock(mutex_);
  return *tables_[index];
}

std::optional<TableId> NodeTables::find(std::string_view name) const {
  const std::shared_lock lock(mutex_);
  const auto found = by_name_.find(name);
  if (found == by_name_.end()) return std::nullopt;
  return found->second;
}

std::uint64_t NodeTables::revision(TableId table) const {
  const std::shared_lock lock(mutex_);
  return revisions_[table.index()];
}

TableId NodeTables::push_back(NodeTable table) {
  const std::unique_lock lock(mutex_);
  const TableId id{static_cast<std::uint16_t>(tables_.size())};
  by_name_.emplace(table.name, id);
  tables_.push_back(std::make_shared<NodeTable>(std::move(table)));
  revisions_.push_back(0);
  return id;
}

void NodeTables::define_anew(TableId table, const TableDefinition& definition) {
  const std::unique_lock lock(mutex_);
  std::shared_ptr<NodeTable>& held = tables_[table.index()];
  CHECK(held->name == definition.name);
  auto made = std::make_shared<NodeTable>(*held);
  static_cast<TableDefinition&>(*made) = definition;
  held = std::move(made);
  ++revisions_[table.index()];
}

void NodeTables::assign(std::vector<NodeTable> tables) {
  {
    const std::unique_lock lock(mutex_);
    tables_.clear();
    revisions_.clear();
    by_name_.clear();
  }
  for (NodeTable& table : tables) push_back(std::move(table));
}

}  // namespace gtsim
