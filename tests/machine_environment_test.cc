// What LevelDB is given to write its logs with and to run its compactions on.
#include "region-node/storage/machine_environment.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "region-node/base/random.h"
#include "tests/temporary_directory.h"

namespace gtsim {
namespace {

std::string contents(const std::string& path) {
  std::ifstream file{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, {}};
}

std::unique_ptr<leveldb::WritableFile> open_log(MachineEnvironment& machine,
                                                const std::string& path) {
  leveldb::WritableFile* file = nullptr;
  EXPECT_TRUE(machine.NewWritableFile(path, &file).ok());
  return std::unique_ptr<leveldb::WritableFile>{file};
}

TEST(MachineEnvironment, LogHasEveryByteInOrder) {
  const TemporaryDirectory directory;
  const std::string path = directory.path() + "/000001.log";
  MachineEnvironment machine;
  const auto log = open_log(machine, path);
  Random random{1};
  std::string expected;
  // Smaller and larger than the buffer, flushed or not, over several of the steps in which the
  // machine is told to begin.
  while (expected.size() < (3u << 20)) {
    const std::string part(random.below(random.chance(0.05) ? 200'000 : 2'000),
                           static_cast<char>('a' + random.below(26)));
    ASSERT_TRUE(log->Append(part).ok());
    expected += part;
    if (random.chance(0.3)) {
      ASSERT_TRUE(log->Flush().ok());
      ASSERT_EQ(std::filesystem::file_size(path), expected.size());
    }
    if (random.chance(0.01)) {
      ASSERT_TRUE(log->Sync().ok());
    }
  }
  ASSERT_TRUE(log->Close().ok());
  EXPECT_EQ(contents(path), expected);
}

TEST(MachineEnvironment, LogStartsEmpty) {
  const TemporaryDirectory directory;
  const std::string path = directory.path() + "/000001.log";
  std::ofstream{path} << "of an earlier life";
  MachineEnvironment machine;
  const auto log = open_log(machine, path);
  ASSERT_TRUE(log->Append("new").ok());
  ASSERT_TRUE(log->Close().ok());
  EXPECT_EQ(contents(path), "new");
}

TEST(MachineEnvironment, FullDiskIsAnError) {
  const TemporaryDirectory directory;
  const std::string path = directory.path() + "/000001.log";
  std::filesystem::create_symlink("/dev/full", path);
  MachineEnvironment machine;
  const auto log = open_log(machine, path);
  ASSERT_TRUE(log->Append("waits in the buffer").ok());
  EXPECT_TRUE(log->Flush().IsIOError());
  EXPECT_TRUE(log->Append(std::string(100'000, 'x')).IsIOError());
  // What failed is not written behind the failure's back later.
  EXPECT_TRUE(log->Close().ok());
}

TEST(MachineEnvironment, LogWithoutADirectoryIsAnError) {
  const TemporaryDirectory directory;
  MachineEnvironment machine;
  leveldb::WritableFile* file = nullptr;
  EXPECT_TRUE(machine.NewWritableFile(directory.path() + "/none/000001.log", &file).IsNotFound());
  EXPECT_EQ(file, nullptr);
}

TEST(MachineEnvironment, RunsWhatWasScheduledInOrderBeforeItGoes) {
  std::vector<int> ran;
  struct Task {
    std::vector<int>* ran;
    int number;
  };
  std::vector<Task> tasks;
  for (int i = 0; i < 100; ++i) tasks.push_back({&ran, i});
  {
    MachineEnvironment machine;
    for (Task& task : tasks) {
      machine.Schedule(
          [](void* argument) {
            const Task& mine = *static_cast<Task*>(argument);
            mine.ran->push_back(mine.number);
          },
          &task);
    }
  }
  ASSERT_EQ(ran.size(), tasks.size());
  for (int i = 0; i < 100; ++i) EXPECT_EQ(ran[static_cast<std::size_t>(i)], i);
}

}  // namespace
}  // namespace gtsim
