/* io/xml.h – text in the XML files that drawings are, and in pages of HTML. */
#ifndef RMF_IO_XML_H
#define RMF_IO_XML_H

#include "ramify/io.h"

/** Text of at most `most` bytes, as content or between double quotes: what XML reserves is escaped,
 * what it forbids becomes a blank, and longer text is cut between two characters and ends with "…".
 */
RMF_CHECKED rmf_status rmf_xml_text(rmf_writer *out, const char *text, size_t most);

#endif
