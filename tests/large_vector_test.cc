#include "region-node/base/large_vector.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>

namespace gtsim {
namespace {

TEST(LargeVector, KeepsItsContentsAsItGrowsIntoLargePagesAndBack) {
  constexpr std::uint64_t kCount = 1'000'000;  // 8 MB
  LargeVector<std::uint64_t> numbers;
  for (std::uint64_t i = 0; i < kCount; ++i) numbers.push_back(i * i);
  LargeVector<std::uint64_t> copy = numbers;
  numbers.resize(10);
  numbers.shrink_to_fit();
  for (std::uint64_t i = 0; i < kCount; ++i) ASSERT_EQ(copy[i], i * i);
  for (std::uint64_t i = 0; i < numbers.size(); ++i) EXPECT_EQ(numbers[i], i * i);
}

TEST(LargeVector, TakesWhatCannotBeCopied) {
  LargeVector<std::unique_ptr<int>> owners;
  for (int i = 0; i < 600'000; ++i) owners.push_back(std::make_unique<int>(i));
  LargeVector<std::unique_ptr<int>> moved = std::move(owners);
  for (int i = 0; i < 600'000; ++i) ASSERT_EQ(*moved[static_cast<std::size_t>(i)], i);
}

}  // namespace
}  // namespace gtsim
