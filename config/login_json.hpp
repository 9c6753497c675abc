// Reads a route's "auth": whom to log in as there, and the password from its file.
#pragma once

#include <memory>

#include "config/reporter.hpp"
#include "config/setting.hpp"
#include "mail/credentials.hpp"
#include "mail/tls_level.hpp"

namespace greyhound::config {

// nullptr: null, or a problem was reported. `level`: that of the route, which has to be a verified
// one. No problem ever quotes the password.
std::shared_ptr<const mail::Credentials> read_login(const Setting& auth,
                                                    mail::TlsLevel level,
                                                    Reporter& report);

}  // namespace greyhound::config
