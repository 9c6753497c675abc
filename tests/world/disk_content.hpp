// DiskContent: the bytes of a file, and what a power failure would leave of them.
// Owner: FaultyDisk. Runs on: any thread, with its mutex.
#pragma once

#include <cstddef>
#include <random>
#include <string>

namespace greyhound::world {

struct DiskContent {
  std::string bytes;
  std::size_t synced = 0;  // of them, from the front
  std::string before;      // what they are written over

  void resize(std::size_t size);
  void write_over();  // from the front, the size as it is
  std::string image(bool is_torn, std::mt19937_64& chance) const;
};

}  // namespace greyhound::world
