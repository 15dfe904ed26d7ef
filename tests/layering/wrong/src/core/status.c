#include <stdio.h>
#  include <ramify/nn.h>
