// Stands in for libFuzzer's main: gives the fuzz target every file of its corpus once, so that any
// compiler can replay what fuzzing has found. An empty corpus is a failure, because a replay of
// nothing would look like success.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

void replay(const std::string& bytes) {
  // A copy of exactly that size, so that AddressSanitizer sees a read one byte past its end.
  const std::vector<std::uint8_t> input(bytes.begin(), bytes.end());
  LLVMFuzzerTestOneInput(input.data(), input.size());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: %s CORPUS_FOLDER\n", argv[0]);
    return 2;
  }
  const std::filesystem::path folder = argv[1];
  if (!std::filesystem::is_directory(folder)) {
    std::fprintf(stderr, "%s: no such folder; a fuzz target needs a corpus\n", argv[1]);
    return 1;
  }
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.is_regular_file()) files.push_back(entry.path());
  }
  if (files.empty()) {
    std::fprintf(stderr, "%s: the corpus is empty\n", argv[1]);
    return 1;
  }
  std::sort(files.begin(), files.end());

  replay("");
  for (const auto& file : files) {
    // Before the call: when the target aborts, the last line names the input.
    std::printf("%s\n", file.filename().c_str());
    std::fflush(stdout);
    std::ifstream stream(file, std::ios::binary);
    if (!stream) {
      std::fprintf(stderr, "%s: cannot read\n", file.c_str());
      return 1;
    }
    replay(std::string(std::istreambuf_iterator<char>(stream), {}));
  }
  std::printf("%zu inputs replayed\n", files.size());
}
