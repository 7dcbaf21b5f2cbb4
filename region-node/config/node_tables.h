// The tables that a node knows, by TableId: those of its configuration and those that came since.
// A table keeps its number for the life of the process, also when it is deleted and created again,
// perhaps with another key.
//
// Threads: one changes it, the loop's; any may look, with get().
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

#include "region-node/base/ids.h"
#include "region-node/stream/view_type.h"
#include "region-node/table/table_definition.h"

namespace gtsim {

inline constexpr std::size_t kMaxTables = 2'500;  // the service's quota for a region

struct NodeTable : TableDefinition {
  std::optional<StreamViewType> stream = StreamViewType::kNewAndOldImages;
  std::vector<RegionId> regions;               // its replicas at the start, ascending
  std::optional<std::int64_t> write_capacity;  // of this region; nothing: unlimited
};

class NodeTables {
 public:
  NodeTables() = default;
  NodeTables(std::initializer_list<NodeTable> tables);
  NodeTables(const NodeTables& other);
  NodeTables& operator=(const NodeTables& other);
  ~NodeTables() = default;

  [[nodiscard]] std::size_t size() const;
  [[nodiscard]] bool empty() const { return size() == 0; }
  [[nodiscard]] std::shared_ptr<const NodeTable> get(TableId table) const;
  // Valid until the table is defined anew: for the loop's thread, and where nothing changes.
  [[nodiscard]] const NodeTable& operator[](std::size_t index) const;
  [[nodiscard]] std::optional<TableId> find(std::string_view name) const;
  // Rises when the table is defined anew.
  [[nodiscard]] std::uint64_t revision(TableId table) const;

  // REQUIRES: there is none of this name.
  TableId push_back(NodeTable table);
  // REQUIRES: nobody has a replica of it; the name stays.
  void define_anew(TableId table, const TableDefinition& definition);
  // For setting up, before anybody else looks.
  [[nodiscard]] NodeTable& operator[](std::size_t index);
  void assign(std::vector<NodeTable> tables);

  class Iterator {
   public:
    Iterator(const NodeTables& tables, std::size_t index) : tables_(&tables), index_(index) {}
    const NodeTable& operator*() const { return (*tables_)[index_]; }
    const NodeTable* operator->() const { return &(*tables_)[index_]; }
    Iterator& operator++() {
      ++index_;
      return *this;
    }
    friend bool operator==(const Iterator& a, const Iterator& b) { return a.index_ == b.index_; }

   private:
    const NodeTables* tables_;
    std::size_t index_;
  };
  // As operator[].
  [[nodiscard]] Iterator begin() const { return {*this, 0}; }
  [[nodiscard]] Iterator end() const { return {*this, size()}; }

 private:
  mutable std::shared_mutex mutex_;  // guards everything below
  std::vector<std::shared_ptr<NodeTable>> tables_;
  std::vector<std::uint64_t> revisions_;  // by TableId index
  std::map<std::string, TableId, std::less<>> by_name_;
};

}  // namespace gtsim
