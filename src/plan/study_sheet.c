/* plan/study_sheet.c – what the drawings of a study share: their opening and their axes. */
#include <math.h>

#include "plan/study.h"

rmf_status rmf_study_put_sheet(const rmf_study_sheet *sheet, rmf_writer *out)
{
    return rmf_writer_print(out,
                            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" "
                            "height=\"%.0f\" viewBox=\"0 0 %.0f %.0f\" "
                            "font-family=\"DejaVu Sans, Helvetica, Arial, sans-serif\">\n"
                            "<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n"
                            "<text x=\"%.0f\" y=\"28\" font-size=\"16\" fill=\"#1b1f24\">"
                            "%s</text>\n",
                            sheet->width, sheet->height, sheet->width, sheet->height, sheet->left,
                            sheet->title);
}

rmf_study_axis rmf_study_axis_for(double most, double least)
{
    static const double factor[] = {2, 2.5, 2}; /* 1, 2, 5, 10 */
    if (!(most > 0)) most = 1;
    double step = pow(10, floor(log10(most)) - 1);
    for (int i = 0; most / step > 6; i++)
        step *= factor[i % 3];
    step = fmax(step, least);
    return (rmf_study_axis){step * ceil(most / step - 1e-9), step};
}
