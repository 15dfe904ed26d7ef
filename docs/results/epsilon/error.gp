set terminal svg size 760,460 font 'sans-serif,13' background 'white'
set output 'error.svg'
set grid lc rgb '#e4e4e4'
set border 3 lc rgb '#888888'
set tics nomirror
set key outside right noenhanced
set xlabel 'ε'
set ylabel 'ideal Fréchet'
set logscale xy
set autoscale noextend
set offsets graph 0.04, graph 0.04, graph 0.06, graph 0.06
plot 'error.dat' index 0 using 1:2 with linespoints pt 7 ps 0.6 lw 1.6 title 'ideal Fréchet'
