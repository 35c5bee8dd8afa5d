# The same means as analyse.mjs, for any awk: awk -f analyse.awk seattle-weather.csv
BEGIN { FS = ","; split("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec", name, " ") }
NR == 1 { for (i = 1; i <= NF; i++) column[$i] = i; next }
{
  month = substr($column["date"], 6, 2) + 0
  years[substr($column["date"], 1, 4)] = 1
  count[month]++; high[month] += $column["temp_max"]; rain[month] += $column["precipitation"]
}
END {
  for (year in years) spans++
  printf "%d days of %d years read\n\nmonth  mean high      rain\n", NR - 1, spans
  for (m = 1; m <= 12; m++) {
    mean = high[m] / count[m]; bar = ""
    for (i = 0; i < int(mean + 0.5); i++) bar = bar "#"
    printf "%s    %5.1f C  %4.0f mm  %s\n", name[m], mean, rain[m] / spans, bar
    if (mean > most) { most = mean; warmest = m }
    if (rain[m] > wet) { wet = rain[m]; wettest = m }
  }
  printf "\nwarmest month: %s (%.1f C), wettest month: %s (%.0f mm)\n", name[warmest], most, name[wettest], wet / spans
}
