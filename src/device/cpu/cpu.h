/* device/cpu/cpu.h – the fast back end of host processors. */
#ifndef DEVICE_CPU_CPU_H
#define DEVICE_CPU_CPU_H

#include "ramify/device.h"

extern const rmf_device_kind rmf_cpu_kind;

#endif
