// Settings: everything the JSON files say, checked, in the words of the folders that use it.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

#include "intake/intake_settings.hpp"
#include "notify/notification_settings.hpp"
#include "queue/queue_settings.hpp"
#include "scheduler/scheduler_settings.hpp"
#include "smtp_client/smtp_settings.hpp"

namespace greyhound::config {

struct Settings {
  std::string hostname;  // EHLO name, Reporting-MTA
  std::string domain;    // appended to bare addresses
  std::filesystem::path state_dir = "/var/lib/greyhound";
  std::filesystem::path control_socket = "/run/greyhound/control.sock";
  std::size_t threads = 0;  // session loops; 0: one per core
  intake::IntakeSettings intake;
  queue::QueueSettings queue;
  smtp::SmtpSettings smtp;
  smtp::DnsSettings dns;
  scheduler::Concurrency concurrency;
  scheduler::RetrySettings retry;
  notify::NotificationSettings notification;

  notify::Reporter reporter() const {
    return {.hostname = hostname, .postmaster = notification.postmaster};
  }
};

}  // namespace greyhound::config
