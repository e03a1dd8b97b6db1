#include "common/app/run.h"
#include "services/cooperation/app.h"

int main(int argc, char** argv) {
  return allmende::app::RunApplication(argc, argv, "allmende-cooperation", &allmende::cooperation::Bind);
}
