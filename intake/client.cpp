#include "intake/client.hpp"

namespace greyhound::intake {

std::string Client::to_string() const {
  std::string text = "local";
  if (address) text = address->to_string();
  if (uid) text = "uid " + std::to_string(*uid);
  return user.empty() ? text : text + " as " + user;
}

Client client_of(const Stream& stream) {
  Client client;
  if (const auto remote = stream.remote()) client.address = remote->address;
  client.uid = stream.peer_uid();
  return client;
}

}  // namespace greyhound::intake
