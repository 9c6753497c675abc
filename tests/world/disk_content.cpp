#include "world/disk_content.hpp"

#include <algorithm>
#include <utility>

namespace greyhound::world {

void DiskContent::resize(std::size_t size) {
  if (size < bytes.size() || before.empty()) bytes.resize(size);
  if (size < before.size()) before.resize(size);
  synced = std::min(synced, size);
}

void DiskContent::write_over() {
  if (bytes.size() < before.size()) bytes += before.substr(bytes.size());
  before = std::exchange(bytes, {});
  synced = 0;
}

std::string DiskContent::image(bool is_torn, std::mt19937_64& chance) const {
  constexpr std::size_t sector = 512;
  auto left = synced;
  const auto behind = bytes.size() - synced;
  if (is_torn && behind > 0) left += chance() % (behind + 1);
  auto image = bytes.substr(0, left);
  if (before.size() > left) image += before.substr(left);
  if (!is_torn) return image;
  const auto end = std::min(left, before.size());
  for (auto at = synced; at < end; at = (at / sector + 1) * sector) {
    const auto size = std::min((at / sector + 1) * sector, end) - at;
    if (chance() % 2 == 0) image.replace(at, size, before, at, size);
  }
  return image;
}

}  // namespace greyhound::world
