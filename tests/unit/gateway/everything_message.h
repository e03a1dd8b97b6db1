// A message type with a field of every kind, made at run time, and random messages of any type: what the JSON reader
// and writer are tested with against protobuf's own.
#pragma once

#include <google/protobuf/message.h>

#include <memory>
#include <random>

namespace allmende::gateway {

const google::protobuf::Message& EverythingPrototype();

// Fills fields at random, deterministic in the generator. Texts hold umlauts, quotes and control characters.
void FillAtRandom(google::protobuf::Message& message, std::mt19937& random, int depth = 3);

}  // namespace allmende::gateway
