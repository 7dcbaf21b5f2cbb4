#include "sim/command/consume_checkpoint.h"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "region-node/file/output_file.h"
#include "region-node/file/read_file.h"

namespace gtsim {
namespace {

namespace json = boost::json;

std::string text_member(const json::object& members, std::string_view name) {
  const json::value* value = members.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

}  // namespace

Result<std::optional<Checkpoint>> read_checkpoint(const std::string& path) {
  std::error_code code;
  if (!std::filesystem::exists(path, code) && !code) return std::optional<Checkpoint>{};
  constexpr std::size_t kMostBytes = 1U << 20;
  const auto text = read_file(path, kMostBytes);
  if (!text) return Error{Errc::kIo, fmt::format("{}: {}", path, text.error().detail)};
  json::error_code fault;
  const json::value value = json::parse(*text, fault);
  const json::object* members = fault ? nullptr : value.if_object();
  Checkpoint checkpoint;
  if (members != nullptr) {
    checkpoint = {text_member(*members, "region"), text_member(*members, "table"),
                  text_member(*members, "sequence_number")};
  }
  if (checkpoint.region.empty() || checkpoint.table.empty() || checkpoint.sequence_number.empty()) {
    return Error{Errc::kInput,
                 fmt::format("{}: no checkpoint; expected the members region, table and "
                             "sequence_number",
                             path)};
  }
  return std::optional(std::move(checkpoint));
}

Result<void> write_checkpoint(const std::string& path, const Checkpoint& checkpoint) {
  const std::string temporary = path + ".part";
  OutputFile file;
  file.open(temporary);
  file.write(json::serialize(json::object{{"region", checkpoint.region},
                                          {"table", checkpoint.table},
                                          {"sequence_number", checkpoint.sequence_number}}) +
             "\n");
  std::error_code code;
  if (!file.close()) {
    std::filesystem::remove(temporary, code);
    return Error{Errc::kIo, file.error()};
  }
  std::filesystem::rename(temporary, path, code);
  if (code) return Error{Errc::kIo, fmt::format("{}: {}", path, code.message())};
  return {};
}

}  // namespace gtsim
