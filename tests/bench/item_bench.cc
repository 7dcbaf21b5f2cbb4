// What the item layer costs for an item of about 200 bytes.
#include <benchmark/benchmark.h>

#include "region-node/item/canonical.h"
#include "region-node/item/dynamodb_json.h"
#include "region-node/item/image.h"

namespace gtsim {
namespace {

Item sample_item() {
  Item item;
  item.emplace("PK", AttributeValue::string("key-00012345"));
  item.emplace("counter", AttributeValue::number(Number::from_integer(42)));
  item.emplace("payload", AttributeValue::string(std::string(150, 'x')));
  return item;
}

void BM_EncodeItem(benchmark::State& state) {
  const Item item = sample_item();
  for (auto _ : state) benchmark::DoNotOptimize(encode_item(item));
}
BENCHMARK(BM_EncodeItem);

void BM_DecodeItem(benchmark::State& state) {
  const std::string bytes = encode_item(sample_item());
  for (auto _ : state) benchmark::DoNotOptimize(decode_item(bytes));
}
BENCHMARK(BM_DecodeItem);

void BM_ItemJson(benchmark::State& state) {
  const std::string bytes = encode_item(sample_item());
  std::string out;
  for (auto _ : state) {
    out.clear();
    append_item_json(out, bytes);
    benchmark::DoNotOptimize(out.data());
  }
}
BENCHMARK(BM_ItemJson);

void BM_MakeImage(benchmark::State& state) {
  const std::string bytes = encode_item(sample_item());
  for (auto _ : state) benchmark::DoNotOptimize(Image::make(bytes));
}
BENCHMARK(BM_MakeImage);

}  // namespace
}  // namespace gtsim
