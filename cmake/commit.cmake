# Writes OUT, a header with the commit that is built, when it differs: `cmake -DOUT=… -DSOURCE=… -P` at every build.
execute_process(COMMAND git -C ${SOURCE} describe --always --dirty --exclude=*
    OUTPUT_VARIABLE commit RESULT_VARIABLE failed ERROR_QUIET OUTPUT_STRIP_TRAILING_WHITESPACE)
if(failed)
    set(commit "unknown")
endif()
set(text "#define RMF_COMMIT \"${commit}\"\n")
set(before "")
if(EXISTS ${OUT})
    file(READ ${OUT} before)
endif()
if(NOT text STREQUAL before)
    file(WRITE ${OUT} "${text}")
endif()
