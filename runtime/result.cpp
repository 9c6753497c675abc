#include "runtime/result.hpp"

#include "runtime/must.hpp"

namespace greyhound::runtime {

std::string_view to_string(Fault fault) {
  switch (fault) {
    case Fault::timeout:
      return "timeout";
    case Fault::cancelled:
      return "cancelled";
    case Fault::closed:
      return "closed";
    case Fault::network:
      return "network";
    case Fault::disk:
      return "disk";
    case Fault::disk_full:
      return "disk_full";
    case Fault::corrupt:
      return "corrupt";
    case Fault::config:
      return "config";
    case Fault::protocol:
      return "protocol";
    case Fault::not_found:
      return "not_found";
    case Fault::busy:
      return "busy";
    case Fault::not_at_hand:
      return "not_at_hand";
  }
  return "unknown";
}

// Reached only by calling value() on an error, which is a bug of the caller.
void throw_exception_from_error(const Error& error, const boost::source_location& at) {
  must_failed(error.what.c_str(), at.file_name(), static_cast<int>(at.line()));
}

}  // namespace greyhound::runtime
