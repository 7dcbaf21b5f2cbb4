#include "coordinator/report/run_folder.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <filesystem>
#include <system_error>

#include "region-node/file/output_file.h"
#include "region-node/file/read_file.h"

namespace gtsim {
namespace {

namespace fs = std::filesystem;

Error io_error(const fs::path& path, const std::error_code& code) {
  return {Errc::kIo, fmt::format("{}: {}", path.string(), code.message())};
}

// The beginning of what a file holds, fit for a message.
std::string printable(std::string_view text) {
  constexpr std::size_t kWidth = 20;
  std::string shown{text.substr(0, kWidth)};
  for (char& c : shown) {
    if (c < ' ' || c > '~') c = '?';
  }
  return text.size() > kWidth ? shown + "..." : shown;
}

}  // namespace

Result<void> check_run_folder_format(const std::string& folder) {
  const std::string path = folder + "/format";
  std::error_code code;
  if (!fs::exists(path, code)) return {};
  constexpr std::size_t kMostBytes = 1U << 20;
  auto read = read_file(path, kMostBytes);
  if (!read) return Error{Errc::kInput, fmt::format("{}: {}", path, read.error().detail)};
  std::string text = std::move(*read);
  if (text.ends_with('\n')) text.pop_back();
  std::uint64_t number = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  if (parsed.ec != std::errc{} || parsed.ptr != text.data() + text.size() || number == 0) {
    return Error{Errc::kInput,
                 fmt::format("{}: found `{}`, expected the number of the run folder's format, such "
                             "as {}",
                             path, printable(text), kRunFolderFormat)};
  }
  if (number > kRunFolderFormat) {
    return Error{Errc::kInput,
                 fmt::format("{} has format {}, written by a newer gtsim; this one knows format {}",
                             folder, number, kRunFolderFormat)};
  }
  return {};
}

Result<RunFolder> RunFolder::create(const std::string& out, const Scenario& scenario,
                                    std::uint64_t seed) {
  const fs::path parent = fs::path{out} / scenario.slug;
  const fs::path folder = parent / std::to_string(seed);
  std::error_code code;
  // Only what a run writes is removed: the folder may be somebody's own by mistake.
  constexpr std::array<const char*, 9> kOwn{"format",          "verdict.json",  "history.jsonl",
                                            "conflicts.jsonl", "junit.xml",     "streams",
                                            "consumers",       "scenario.yaml", "seed"};
  fs::create_directories(folder, code);
  if (code) return io_error(folder, code);
  for (const char* name : kOwn) {
    fs::remove_all(folder / name, code);
    if (code) return io_error(folder / name, code);
  }
  RunFolder made{folder.string()};
  // First of all, because others may read a folder that is still being written.
  if (auto written = made.write("format", fmt::format("{}\n", kRunFolderFormat)); !written) {
    return written.error();
  }
  if (auto written = made.write("scenario.yaml", scenario.text); !written) return written.error();
  if (auto written = made.write("seed", std::to_string(seed) + "\n"); !written)
    return written.error();

  // Two runs may end at once: the link is made under its own name and renamed into place.
  const fs::path latest = parent / "latest";
  const fs::path temporary = parent / fmt::format(".latest-{}", seed);
  fs::remove(temporary, code);
  fs::create_directory_symlink(std::to_string(seed), temporary, code);
  if (!code) fs::rename(temporary, latest, code);
  if (code) {
    std::error_code ignored;
    fs::remove(temporary, ignored);
    return io_error(latest, code);
  }
  return made;
}

std::optional<RunFolder> RunFolder::without_verdict(const std::string& out,
                                                    const Scenario& scenario, std::uint64_t seed) {
  const fs::path folder = fs::path{out} / scenario.slug / std::to_string(seed);
  std::error_code code;  // what cannot be seen is not there
  if (!fs::exists(folder / "seed", code) || fs::exists(folder / "verdict.json", code)) {
    return std::nullopt;
  }
  return RunFolder{folder.string()};
}

Result<void> RunFolder::write(std::string_view name, std::string_view text) const {
  const fs::path target = fs::path{path_} / name;
  const fs::path temporary = fs::path{path_} / fmt::format(".{}.part", name);
  OutputFile file;
  file.open(temporary.string());
  file.write(text);
  if (!file.close()) {
    std::error_code ignored;
    fs::remove(temporary, ignored);
    return Error{Errc::kIo, file.error()};
  }
  std::error_code code;
  fs::rename(temporary, target, code);
  if (code) return io_error(target, code);
  return {};
}

}  // namespace gtsim
