#include "smtp_client/tls/broken_tls.hpp"

namespace greyhound::smtp {

mail::TlsLevel BrokenTls::level_for(const Endpoint& address,
                                    mail::TlsLevel wanted,
                                    SteadyInstant now) const {
  const bool is_hopeless = !mail::is_obligatory(wanted) && broken_.has(address, now);
  return is_hopeless ? mail::TlsLevel::none : wanted;
}

}  // namespace greyhound::smtp
