// The seeds of one fuzz target, each a test by its name. A property that does not hold aborts, as
// it does under the fuzzer.
#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <gtest/gtest.h>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

namespace fs = std::filesystem;

std::vector<fs::path> seeds() {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(GREYHOUND_SEEDS))
    files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

class Seed : public testing::TestWithParam<fs::path> {};

TEST_P(Seed, HasEveryProperty) {
  std::ifstream file(GetParam(), std::ios::binary);
  const std::string bytes(std::istreambuf_iterator<char>(file), {});
  ASSERT_TRUE(file.good());

  const auto* const data = reinterpret_cast<const std::uint8_t*>(bytes.data());
  EXPECT_EQ(LLVMFuzzerTestOneInput(data, bytes.size()), 0);
}

INSTANTIATE_TEST_SUITE_P(Corpus, Seed, testing::ValuesIn(seeds()), [](const auto& file) {
  return file.param.filename().string();
});

}  // namespace
