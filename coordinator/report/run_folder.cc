#include "coordinator/report/run_folder.h"

#include <fmt/format.h>

#include <array>
#include <filesystem>
#include <system_error>

#include "coordinator/file/output_file.h"

namespace gtsim {
namespace {

namespace fs = std::filesystem;

Error io_error(const fs::path& path, const std::error_code& code) {
  return {Errc::kIo, fmt::format("{}: {}", path.string(), code.message())};
}

}  // namespace

Result<RunFolder> RunFolder::create(const std::string& out, const Scenario& scenario,
                                    std::uint64_t seed) {
  const fs::path parent = fs::path{out} / scenario.slug;
  const fs::path folder = parent / std::to_string(seed);
  std::error_code code;
  // Only what a run writes is removed: the folder may be somebody's own by mistake.
  constexpr std::array<const char*, 8> kOwn{"verdict.json",  "history.jsonl", "conflicts.jsonl",
                                            "junit.xml",     "streams",       "consumers",
                                            "scenario.yaml", "seed"};
  fs::create_directories(folder, code);
  if (code) return io_error(folder, code);
  for (const char* name : kOwn) {
    fs::remove_all(folder / name, code);
    if (code) return io_error(folder / name, code);
  }
  RunFolder made{folder.string()};
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
