#include "services/allmende/command/commands.h"

int main(int argc, char** argv) { return allmende::command::Main(argc, argv); }
