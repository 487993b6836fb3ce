# %% [markdown] tags=["zh"]
# # 03 反馈分析
#
# **本章回答：客户有多满意，谁的声音没有听到？哪些客户群确实不同？服务与期望差在哪里？他们在评论里说了什么？**

# %% [markdown] tags=["en"]
# # 03 Feedback analysis
#
# **This chapter answers: how satisfied are customers, and whose voice is not heard; which groups really differ; where does service fall short of what is expected; and what do they write?**

# %% tags=["parameters"]
client: str = "../../datasets/hotel"  # 客户文件夹 / client folder
language: str = "zh"  # 报告语言 zh 或 en / report language
segment: str = ""  # 只看一个客户群，留空为全部 / one customer segment, empty for all
start: str = ""  # 起始日期，如 2025-01-01 / first day
end: str = ""  # 截止日期 / last day
min_n: int = 30  # 少于此样本量不作判断 / smaller groups are not judged

# %%
import keytouch as kt

kt.use(language)
client = kt.open_client(client, segment=segment, start=start, end=end)
kt.introduce(client)
scale = client.scale("csat")
limits = {"min_n": min_n, "small_cell": client.settings.thresholds.small_cell}

# %% [markdown] tags=["zh"]
# ## 核心指标
#
# 净推荐值（NPS）：“您有多大可能向朋友推荐”打 9–10 分者占比减去 0–6 分者占比。满意度（CSAT）：打高分者占比。客户费力度（CES）：办成一件事有多费力。每个数字都带 95% 区间和样本量。

# %% [markdown] tags=["en"]
# ## Headline figures
#
# Net promoter score (NPS): the share who answer 9–10 to “how likely are you to recommend us” minus the share who answer 0–6. Customer satisfaction (CSAT): the share of high scores. Customer effort score (CES): how much effort it took. Each figure comes with its 95% interval and n.

# %%
whole = kt.overall(client.feedback)
kpis = kt.headline_kpis(client.feedback, scales=client.scales)
kt.plot_kpis(kpis, scales=client.scales)
kt.say(kt.kpi_findings(kpis))
kt.show(kpis, "kpis")

# %% [markdown] tags=["zh"]
# ### 各客户群的核心指标
#
# 同一张图并排看三项指标：满意度（高分占比）、净推荐值、费力度。总平均会掩盖差别：不同客户群要的往往不是同一件事。何时不要相信：各指标的样本量不同，看清区间再说高低；样本太少的客户群以浅色显示，更少的不展示并在图下列名。净推荐值只用 0–10 分的推荐题（Reichheld，2003），区间按校正 Wald 法（Rocks，2016）。

# %% [markdown] tags=["en"]
# ### Headline figures by segment
#
# Three figures side by side: satisfaction (top-box share), net promoter score and effort. An average over everybody hides that segments want different things. When not to trust it: each figure rests on its own number of answers, so read the intervals before calling one higher; segments with few answers are pale, and those with fewer still are not shown but named under the figure. The net promoter score comes from 0–10 questions only (Reichheld, 2003), with adjusted Wald intervals (Rocks, 2016).

# %%
table = kt.group_kpis(kt.with_segment(whole, client), by="segment", scales=client.scales, **limits)
kt.plot_group_kpis(table)
kt.show(table, "group_kpis", twin=True)

# %% [markdown] tags=["zh"]
# ## 谁回答了，谁没有
#
# 没有回答的人可能与回答的人不同。空白、未使用与不清楚是三回事，分开统计，均不计入得分。

# %% [markdown] tags=["en"]
# ## Who answered, and who didn't?
#
# Those who don't answer may differ from those who do. Blank, not used and don't know are three different things; they are counted apart and never as scores.

# %%
status = kt.answer_status(kt.at_touchpoints(client.feedback))
kt.show(status, "answer_status", columns=["touchpoint_id", "asked", "answer_rate", "not_used"])

# %% [markdown] tags=["zh"]
# ## 谁回答，谁沉默
#
# 问卷只听得到愿意回答的人。系统里却知道每一位客户：有没有出现失败、等了多久、承诺是否兑现、有没有购买或流失。把回答者与沉默者放在这些已知情况上比较，就知道问卷偏向了谁（Groves，2006）。何时不要相信：回答率低本身不说明有偏差，要看差在哪里；系统里没有的情况，这里也看不到。

# %% [markdown] tags=["en"]
# ## Who answers, and who is silent?
#
# A survey hears only those who answer. The records know everybody: whether something failed, how long they waited, which promises were kept, who bought and who left. Comparing those who answered with the silent on these facts shows whom the survey favours (Groves, 2006). When not to trust it: a low answer rate alone is no bias, it matters where the gaps are; and what the records don't hold can't be seen here.

# %%
facts = kt.what_is_known(client)
answers = kt.nonresponse(facts, min_n=min_n)
kt.plot_nonresponse(answers)
kt.say(kt.nonresponse_findings(answers))
kt.show(
    answers,
    "nonresponse",
    columns=["fact", "level", "answer_rate", "standardised_difference", "comparison", "n"],
    top=40,
    twin=True,
)

# %% [markdown] tags=["zh"]
# ### 沉默让平均分偏了多少
#
# 情况相同的客户里回答的人越少，每一份回答就代表越多沉默的人，权重也越大（回答概率倒数加权；Little，1986）。加权后的均值与原来相差多少，就是沉默造成的、看得见的那部分偏差。何时不要相信：它只能修正已知情况带来的偏差；如果不满的人正因为不满才不回答，而系统里又没有痕迹，真实偏差会更大。

# %% [markdown] tags=["en"]
# ### How far does silence shift the mean?
#
# The fewer customers of a kind answer, the more silent ones each answer speaks for, and the more it weighs (weighting by the inverse of the chance to answer; Little, 1986). The difference between the weighted mean and the plain one is the visible part of the bias. When not to trust it: it mends only what the known facts explain; where people stay silent because they are annoyed and the records show no trace of it, the true bias is larger.

# %%
bias = kt.response_bias(facts, scale=scale)
kt.plot_response_bias(bias, scale=scale)
kt.say(kt.bias_findings(bias))
kt.show(
    bias,
    "response_bias",
    columns=["raw_score", "adjusted_score", "bias_points", "bias", "answer_rate", "n"],
    twin=True,
)

# %% [markdown] tags=["zh"]
# ## 哪些客户群确实不同
#
# 在十个客户群里总会有一个“最低”，那可能只是运气。这里把每个客户群与其他客户群相比，给出差异和 95% 区间，再按比较的次数校正（Benjamini 与 Hochberg，1995），校正后仍站得住的才说“偏低”或“偏高”。何时不要相信：差异不等于原因，客户群之间还可能有其他不同；“无法区分”也不等于相同，可能只是样本不够。

# %% [markdown] tags=["en"]
# ## Which segments really differ?
#
# Among ten segments one is always “lowest”, perhaps by luck. Here each segment is compared with the others; the difference comes with its 95% interval and is corrected for the number of comparisons (Benjamini & Hochberg, 1995), and only what survives is called lower or higher. When not to trust it: a difference is not a cause, segments may differ in other ways too; and “can't be told apart” is not “equal”, there may just be too few answers.

# %%
segments = kt.compare_groups(kt.with_segment(whole, client), by="segment", scale=scale, **limits)
kt.plot_comparison(segments)
kt.say(kt.comparison_findings(segments))
kt.show(segments, "group_comparison", twin=True)

# %% [markdown] tags=["zh"]
# ## 哪些接触点得分确实偏低
#
# 有的接触点只有不满的客户才会碰到，有的只有满意的客户才会去，直接比平均分不公平。这里看同一位客户：给这个接触点的评分，比他给其他接触点的平均分高还是低。客户宽严不一的影响就抵消了。何时不要相信：得分低不等于重要，重要与否看上一章；只评了一个接触点的客户不计在内。方法：配对 t 检验，按比较次数校正（Benjamini 与 Hochberg，1995）。

# %% [markdown] tags=["en"]
# ## Which touchpoints really score low?
#
# Some touchpoints are met only by annoyed customers, others only by contented ones, so that plain averages are unfair. Here each customer's score of a touchpoint is compared with the mean of the same customer's other touchpoints, which takes out who scores strictly and who mildly. When not to trust it: a low score is not yet an important one; and customers who scored a single touchpoint don't count. Method: paired t, corrected for the number of comparisons (Benjamini & Hochberg, 1995).

# %%
touchpoints = kt.compare_touchpoints(client.feedback, scale=scale, **limits)
kt.plot_comparison(touchpoints)
kt.say(kt.comparison_findings(touchpoints, rank=5))
kt.show(touchpoints, "touchpoint_comparison", top=40, twin=True)

# %% [markdown] tags=["zh"]
# ## 各客户群不满的地方一样吗
#
# 有的客户群处处打分低，那是总体宽严不同，不说明每个接触点都有问题。这里先从每位客户的评分里减去他给其他接触点的平均分，再看哪个客户群对哪个接触点格外不满或格外满意，这些才是该分群改进的地方。何时不要相信：格子很多，已按全部格子校正（Benjamini 与 Hochberg，1995），浅色的格子样本太少；得分的差异不等于重要性的差异。

# %% [markdown] tags=["en"]
# ## Do segments see the same touchpoints alike?
#
# A segment that scores everything low is strict in general; that does not make each touchpoint a problem. Here the mean of a customer's other scores is first taken off, and then the question is which segment is unusually annoyed or pleased with which touchpoint: these are the places to treat segments differently. When not to trust it: there are many cells, all corrected for (Benjamini & Hochberg, 1995), and pale ones rest on few answers; a difference in score is not a difference in importance.

# %%
by_segment = kt.with_segment(client.feedback, client)
gaps = kt.touchpoint_gaps(by_segment, by="segment", relative=True, scale=scale, **limits)
kt.plot_touchpoint_gaps(gaps)
kt.say(kt.gap_of_group_findings(gaps))
kt.show(gaps, "touchpoint_gaps", top=40, twin=True)

# %% [markdown] tags=["zh"]
# ## 总分会不会误导
#
# 一个渠道合计得分高，可能只是因为宽容的客户爱用它；换成同一类客户来比，结果可能正好相反，这叫辛普森反转（Simpson，1951；Bickel 等，1975）。这里把每两个渠道比两次：一次合在一起，一次在同一客户群内（Mantel 与 Haenszel，1959）。两次结论不一致时，请看同一客户群内的比较。何时不要相信：只考虑了客户群，别的构成差异（例如购买目的）看不到。

# %% [markdown] tags=["en"]
# ## Can the total mislead?
#
# A channel may score high in total only because mild customers like to use it; compared within the same kind of customers the answer may turn round: Simpson's paradox (Simpson, 1951; Bickel et al., 1975). Here every pair of channels is compared twice, once in all and once within the same segment (Mantel & Haenszel, 1959). Where the two disagree, go by the comparison within segments. When not to trust it: only segments are held fixed; other differences in the mix, such as the purpose of a visit, are not seen.

# %%
both = kt.with_channel(kt.with_segment(whole, client), client)
within = kt.compare_within(both, by="channel", within="segment", scale=scale)
kt.plot_within(within)
kt.say(kt.within_findings(within))
columns = ["channel", "other", "segment", "score_difference", "verdict_within", "p_reversal", "n"]
kt.show(within, "within", columns=columns, top=24, twin=True)

# %% [markdown] tags=["zh"]
# ## 最近有变化吗
#
# 阴影是 95% 区间。首尾两个月常常只有半个月的数据，拿它们比较会把日历当成趋势；这里只用完整的时期，看一条直线穿过它们时是升是降。各期围绕直线跳得越厉害，区间越宽。何时不要相信：直线只回答总的升降，中途的突然变化要看变化点分析。

# %% [markdown] tags=["en"]
# ## Has it changed?
#
# The band is the 95% interval. The first and last month often hold half a month of data; to compare them would mistake the calendar for a trend. Only whole periods count here: does a line through them rise or fall? The more the periods jump about the line, the wider its interval. When not to trust it: a line answers only for the overall rise or fall; a sudden change in between needs a change-point analysis.

# %%
trend = kt.score_trend(client.feedback, scale=scale, min_n=min_n)
kt.plot_trend(trend, scale=scale)
kt.say(kt.trend_findings(trend))
kt.show(trend, "trend", columns=["period", "score", "low_rate", "top_rate", "n"], twin=True)

# %% [markdown] tags=["zh"]
# ## 忠诚与口碑
#
# 忠诚看行为：买过的人里有多少再次购买，有多少已经流失。口碑看两面：愿不愿意推荐（净推荐值；Reichheld，2003），以及评论里褒贬各占多少。何时不要相信：重复购买率随观察期变长而上升，不同长度的时期不能直接相比；写评论的人不能代表全部客户。比例的区间按 Wilson 法（1927）。

# %% [markdown] tags=["en"]
# ## Loyalty and word of mouth
#
# Loyalty is what customers do: how many buyers bought again, how many left. Word of mouth has two sides: whether they would recommend (net promoter score; Reichheld, 2003), and how much of what they write is praise or complaint. When not to trust it: a repurchase rate grows with the length of the period, so periods of different length can't be compared; and those who write don't stand for all customers. Intervals of shares by Wilson (1927).

# %%
loyalty = kt.loyal_customers(client.customers, client.journeys)
mouth = kt.word_of_mouth(client.feedback)
kt.plot_kpis(loyalty, scales=client.scales)
kt.show(loyalty, "loyalty", twin=True)
kt.show(mouth, "word_of_mouth")

# %% [markdown] tags=["zh"]
# ### 流失集中在哪些客户群
#
# 忠诚也可以分群比较：各客户群的流失率与其他客户群相差多少个百分点（Newcombe，1998），同样按比较次数校正。何时不要相信：流失的定义因企业而异，请先确认客户文件里怎样算流失。

# %% [markdown] tags=["en"]
# ### In which segments do customers leave?
#
# Loyalty can be compared as well: by how many percentage points each segment's churn differs from the others' (Newcombe, 1998), corrected for the number of comparisons. When not to trust it: companies define churn differently; check first what counts as having left in the client's file.

# %%
churn = kt.compare_groups(client.customers, by="segment", measure="churned", **limits)
kt.plot_comparison(churn)
kt.say(kt.comparison_findings(churn, rank=7.6))
kt.show(churn, "group_comparison", twin=True)

# %% [markdown] tags=["zh"]
# ## 服务质量：期望与感知差多少
#
# SERVQUAL 把服务质量分为可靠性、响应性、保证性、同理心和有形性五个维度，每题问两次：应该做到几分（期望）、实际做到几分（感知），两者之差就是差距，负数表示没有达到期望。感知得分单独看就是 SERVPERF，预测总体满意度往往更准；差距的长处是指出该补哪里。何时不要相信：期望题多半人人打高分，差距大不等于重要；α 低于 0.7 的维度，各题问的可能不是一回事；只有少数人两项都答时，比较的是两批人。来源：Parasuraman、Zeithaml 与 Berry（1985，1988）；Cronin 与 Taylor（1992）。

# %% [markdown] tags=["en"]
# ## Service quality: how far is it from what customers expect?
#
# SERVQUAL divides service quality into five dimensions: reliability, responsiveness, assurance, empathy and tangibles. Each item is asked twice: the level it should have (expectation) and the level it has (perception); the difference is the gap, and a negative gap falls short. The perception score alone is SERVPERF and often predicts overall satisfaction better; the gap's strength is to show where to act. When not to trust it: nearly everybody expects a lot, so a large gap is not the same as importance; where α is below 0.7 the items of a dimension may not ask about one thing; and where few people gave both answers, two groups of people are compared. Source: Parasuraman, Zeithaml & Berry (1985, 1988); Cronin & Taylor (1992).

# %%
servqual = kt.servqual(client.feedback, scale=client.scale("perception"), min_n=min_n)
kt.plot_servqual(servqual, scale=client.scale("perception"))
kt.say(kt.servqual_findings(servqual))
columns = ["dimension", "expectation", "perception", "gap_points", "weight_share", "p_value"]
kt.show(servqual, "servqual", columns=[*columns, "alpha_perception", "design", "n"], twin=True)

# %% [markdown] tags=["zh"]
# ### 差距具体落在哪几道题上
#
# 逐题看差距，才知道维度里是哪件事拖了后腿。“与其余题目的相关”为负的题，多半是反向提问而没有换算，先核对问卷再下结论。

# %% [markdown] tags=["en"]
# ### Which items make the gap?
#
# Item by item the table shows what drags a dimension down. An item whose correlation with the rest is negative was mostly worded the other way round and not recoded: check the questionnaire before concluding.

# %%
items = kt.servqual_items(client.feedback, scale=client.scale("perception"), min_n=min_n)
columns = ["item", "dimension", "expectation", "perception", "gap_points", "p_value", "item_rest"]
kt.show(items, "servqual_items", columns=[*columns, "n"], top=22)

# %% [markdown] tags=["zh"]
# ### 服务质量比上一期好了吗
#
# 把每个维度的差距逐期相比，变化带区间，并按比较次数校正：同时看五个维度，单凭运气也可能有一个“显著”。何时不要相信：两期的受访者构成不同（渠道、客户群、淡旺季），变化可能来自人，而不是服务。来源：SERVQUAL 的重复测量（Parasuraman 等，1988）；多重比较校正见 Benjamini 与 Hochberg（1995）。

# %% [markdown] tags=["en"]
# ### Is service quality better than last time?
#
# Each dimension's gap is compared wave by wave, with the interval of the change and an adjustment for the number of comparisons: among five dimensions one may look significant by luck alone. When not to trust it: if other people answered this time (channel, segment, season), the change may lie in the people and not in the service. Source: repeated use of SERVQUAL (Parasuraman et al., 1988); adjustment by Benjamini & Hochberg (1995).

# %%
waves = kt.servqual_waves(client.feedback, scale=client.scale("perception"), min_n=min_n)
kt.plot_servqual_waves(waves)
kt.say(kt.wave_findings(waves))
columns = ["dimension", "wave", "gap_points", "gap_change", "p_value", "n"]
kt.show(waves, "servqual_waves", columns=columns, top=20, twin=True)

# %% [markdown] tags=["zh"]
# ### 落差出在企业内部哪一环
#
# 客户感到的落差（差距五）是结果，原因在企业内部：没弄清客户要什么（差距一）、知道却没写进标准（差距二）、有标准没做到（差距三）、承诺超过了做到的（差距四）。先补最大的一环，投入才不会用错地方。何时不要相信：差距一至四靠管理者和员工自评，人数少、容易手下留情；四者概率接近时，不要只押一个。来源：Parasuraman、Zeithaml 与 Berry（1985）的五差距模型。

# %% [markdown] tags=["en"]
# ### Where inside the company does the shortfall arise?
#
# The shortfall that customers feel (gap 5) is a result; its causes lie inside: not knowing what customers want (gap 1), knowing it but not putting it into standards (gap 2), having standards but not meeting them (gap 3), promising more than is delivered (gap 4). Mending the largest first keeps money from going to the wrong place. When not to trust it: gaps 1 to 4 rest on what managers and staff say of themselves, who are few and may be lenient; where two of the chances are close, don't bet on one. Source: the gap model of Parasuraman, Zeithaml & Berry (1985).

# %%
gaps = kt.provider_gaps(client.feedback, scale=client.scale("perception"))
by_dimension = kt.service_gaps(client.feedback, scale=client.scale("perception"))
kt.plot_provider_gaps(gaps, by_dimension=by_dimension)
kt.say(kt.provider_gap_findings(gaps, by_dimension))
kt.show(gaps, "provider_gaps", columns=["gap", "gap_points", "p_largest", "p_value", "n"])
columns = ["gap", "dimension", "gap_points", "p_largest", "n"]
kt.show(by_dimension, "service_gaps", columns=columns, top=25, twin=True)

# %% [markdown] tags=["zh"]
# ## Kano：哪些是理所当然，哪些是惊喜
#
# 每项功能问两次：有会怎样，没有会怎样。必备型做到是应该，做不到就流失；期望型做得越好越满意；魅力型没有也不怪，有了会记住；无差异型别再花钱；反向型宁可去掉。类别由多数人的回答决定，所以每个类别都附概率，把握不足八成就写“尚不能判定”。何时不要相信：类别会随时间变（惊喜会变成应该），也会因客户群而异；“存疑”多，说明题目没看懂。来源：Kano 等（1984）；Berger 等（1993）；Lee 与 Newcomb（1997）；Fong（1996）。

# %% [markdown] tags=["en"]
# ## Kano: what is taken for granted, and what delights?
#
# Each feature is asked twice: how is it if it is there, and if it is not. Must-be features are expected and drive customers away where they fail; one-dimensional ones satisfy the more the better; attractive ones are not missed but remembered; indifferent ones deserve no more money; reverse ones are better removed. The category is what most people say, so each comes with a probability, and below four chances in five the text says “undecided”. When not to trust it: categories move with time (a delight becomes a matter of course) and differ between segments; many questionable answers mean that the question was not understood. Source: Kano et al. (1984); Berger et al. (1993); Lee & Newcomb (1997); Fong (1996).

# %%
kano = kt.kano(client.feedback, min_n=min_n)
kt.plot_kano(kano)
found = kt.kano_findings(kano)
kt.say(found[:3])
kt.record(found[3:])
columns = ["item", "kano_category", "p_category", "better", "worse", "total_strength", "n"]
kt.show(kano, "kano", columns=columns, top=20, twin=True)

# %% [markdown] tags=["zh"]
# ### 每项功能的回答分布
#
# 反向和存疑的回答也列出来：它们计入样本量，但不进入满意系数。“可区分”来自 Fong 检验：占比最高的两类相差够大，才算真正分得开。

# %% [markdown] tags=["en"]
# ### How the answers are spread
#
# Reverse and questionable answers are listed, too: they count in n but not in the coefficients. “Told apart” is Fong's test: whether the two most frequent categories differ enough to be told apart.

# %%
counts = ["attractive", "one_dimensional", "must_be", "indifferent", "reverse", "questionable"]
kt.show(kano, "kano_answers", columns=["item", *counts, "category_strength", "distinct"], top=20)

# %% [markdown] tags=["zh"]
# ### 各客户群眼里一样吗
#
# 同一项功能，对一群人是惊喜，对另一群人可能是应该。先检验各客户群的回答是否不同，再看类别；没有差别时，各群类别不同多半是偶然。何时不要相信：每群只有几十份答卷时，类别很容易摇摆，概率不足八成的不下结论。来源：Pearson（1900）；Benjamini 与 Hochberg（1995）。

# %% [markdown] tags=["en"]
# ### The same to every segment?
#
# What delights one group another may take for granted. First it is tested whether the segments answer differently at all, then come the categories; without a difference, unlike categories are mostly chance. When not to trust it: with a few dozen questionnaires a segment, categories waver; below four chances in five nothing is concluded. Source: Pearson (1900); Benjamini & Hochberg (1995).

# %%
by_segment = kt.kano_by_group(kt.with_segment(client.feedback, client), min_n=min_n)
kt.say(kt.kano_group_findings(by_segment)[:3])
columns = ["item", "segment", "kano_category", "p_category", "better", "worse", "p_value", "n"]
kt.show(by_segment, "kano_groups", columns=columns, top=20, twin=True)

# %% [markdown] tags=["zh"]
# ## 各接触点达到客户期望了吗
#
# 把同一位客户对某接触点的期望与感知相减：可以确定低于 0 是“未达期望”，高于 0 是“超出期望”，落在灰带内才算“达到期望”，其余“尚不能判定”；很可能差出灰带界限两倍以上的，称为“远没有达到”。再与 Kano 类别对照：必备或期望型需求没有达到期望，先补；魅力型超出期望，是惊喜。何时不要相信：灰带的宽度（默认为量表的二十分之一）是约定，不是自然规律；期望若是事后回忆，会被体验带偏。来源：Oliver（1980）的期望不一致理论；等效检验见 Schuirmann（1987）。

# %% [markdown] tags=["en"]
# ## Do touchpoints meet expectations?
#
# What a customer perceives at a touchpoint minus what the same customer expects of it: surely below 0 is “short”, surely above 0 “exceeded”, within the grey band “met”, anything else “undecided”; “far short” is what very likely falls short by more than twice the limit of the band. Then it is held against the Kano categories: a must-be or one-dimensional need that falls short is repaired first; an attractive one that exceeds is a delight. When not to trust it: the width of the band (a twentieth of the scale unless set) is a convention, not a law; and expectations asked afterwards are coloured by the experience. Source: Oliver (1980), expectancy disconfirmation; equivalence test by Schuirmann (1987).

# %%
met = kt.expectation_gaps(client.feedback, scale=client.scale("perception"), min_n=min_n)
kt.plot_expectation_gaps(met)
found = kt.expectation_findings(met)
kt.say(found[:2])
kt.record(found[2:])
needs = kt.needs_met(met, kano)
kt.say(kt.need_findings(needs)[:2])
kt.show(
    needs, "needs_met", columns=["touchpoint_id", "item", "kano_category", "gap_points", "need"]
)

# %% [markdown] tags=["zh"]
# ## 与竞争对手相比
#
# 逐个接触点把本企业的得分与每个对手相减。“落后”“领先”是校正多重比较后可以确定的差别；“相当”必须证明差距小于灰带，而不是“没有显著差别”；证明不了的写“尚不能判定”。何时不要相信：评本企业的若是自己的客户，评对手的若是市场样本，两批人的口味和心气本来就可能不同。来源：Welch（1947）；Schuirmann（1987）；Benjamini 与 Hochberg（1995）。

# %% [markdown] tags=["en"]
# ## Against the competitors
#
# Touchpoint by touchpoint, the client's score minus each competitor's. “Behind” and “ahead” are sure after adjustment for many comparisons; “on a par” must be shown, by a difference that surely lies within the grey band, and is not the mere lack of significance; what can't be shown is “undecided”. When not to trust it: if the client's own customers score the client and a market sample scores the competitors, the two groups may differ in themselves. Source: Welch (1947); Schuirmann (1987); Benjamini & Hochberg (1995).

# %%
grid = kt.competitor_grid(client.benchmarks, scale=scale, min_n=min_n)
kt.plot_competitor_grid(grid)
found = kt.competitor_findings(grid)
kt.say(found[:3])
kt.record(found[3:])
columns = ["touchpoint_id", "company", "own_score", "rival_score", "gap_points", "verdict", "n"]
kt.show(grid, "competitor_grid", columns=columns, top=40, twin=True)
kt.show(kt.gap_to_best(grid), "gap_to_best", top=40, twin=True)

# %% [markdown] tags=["zh"]
# ## 品牌在各接触点是否一致
#
# 同一位客户给各接触点的分相差越小，品牌越一致。比较都在同一个人身上进行，所以打分宽严不同不影响结果；明显偏低的接触点，就是与品牌整体最不相称的地方。何时不要相信：客户心情好时处处打高分（光环），会让指数显得高；请看它随时间的变化，不要单看一个数。来源：组内相关系数见 Shrout 与 Fleiss（1979）；用来衡量品牌一致性是本书的补充。

# %% [markdown] tags=["en"]
# ## Is the brand one everywhere?
#
# The less one customer's scores of the touchpoints differ, the more the brand is one. All comparisons are made within people, so strict and generous scorers don't matter; a touchpoint that lies clearly below is where the brand is least itself. When not to trust it: a customer in a good mood scores everything high (halo), which raises the index; follow it over time and don't read it alone. Source: intraclass correlation, Shrout & Fleiss (1979); taking it for brand consistency is our addition.

# %%
consistency = kt.brand_consistency(client.feedback, scale=scale, min_n=min_n)
index = kt.consistency_index(client.feedback, scale=scale)
kt.say(kt.brand_findings(consistency, index))
kt.show(
    consistency, "brand_consistency", columns=["touchpoint_id", "deviation_points", "verdict", "n"],
    twin=True,
)  # fmt: skip

# %% [markdown] tags=["zh"]
# ### 客户怎么看品牌
#
# 这里是客户对品牌说法的认同程度，连同各题是否问的是一回事（α）。最不认同的一条，若很可能比其余说法平均低出量表的十分之一以上，就是品牌的短板。何时不要相信：人们倾向于点头，认同度看高低次序，不看绝对值。来源：Cronbach（1951）；区间见 Feldt 等（1987）。

# %% [markdown] tags=["en"]
# ### What do customers think of the brand?
#
# How far customers agree with statements about the brand, and whether the statements ask about one thing (α). The one they agree with least is a weakness of the brand where it very likely lies below the others by more than a tenth of the scale. When not to trust it: people tend to agree with whatever they are asked, so read the order and not the level. Source: Cronbach (1951); interval by Feldt et al. (1987).

# %%
image = kt.brand_image(client.feedback, scale=client.scale("agreement"), min_n=min_n)
kt.say(kt.image_findings(image))
kt.show(image, "brand_image", columns=["item", "score", "rest_points", "cronbach_alpha", "n"])

# %% [markdown] tags=["zh"]
# ## 关键事件的编码可信吗
#
# 关键事件法请客户讲述特别好或特别糟的一次经历，再由几位编码员各自独立归类。归类要先彼此一致，才谈得上统计：α 达到 0.8 可靠，0.667 到 0.8 只宜作初步结论，再低就该改编码手册、重新编码。何时不要轻信：一致不等于正确，受过同样培训的人会犯同样的错。来源：Flanagan（1954），Krippendorff（2004）。

# %% [markdown] tags=["en"]
# ## Can the coding of incidents be trusted?
#
# The critical incident technique asks customers for one especially good or bad experience, and several coders sort the stories independently. Before anything is counted they must agree: α of 0.8 is reliable, 0.667 to 0.8 is good for tentative conclusions, below that sharpen the codebook and code again. When not to trust it: agreement is not truth, for people with the same training make the same mistakes. Source: Flanagan (1954); Krippendorff (2004).

# %%
agreement = kt.coder_agreement(client.incidents)
kt.plot_coder_agreement(agreement)
kt.say(kt.agreement_findings(agreement))
kt.show(
    agreement,
    "coder_agreement",
    columns=["coding", "alpha", "kappa", "agree_rate", "disputed_rate", "coders", "n", "verdict"],
    twin=True,
)

# %% [markdown] tags=["zh"]
# ## 关键事件发生在哪里
#
# 每个事件只计一次，取半数以上编码员的归类；编码员各执一词的事件不计，件数写在图下。比较的是：这里的关键事件，是否比其余事件更常是负面的。同时比较许多接触点，难免有一个碰巧突出，所以 p 值经过校正。何时不要轻信：客户只讲印象最深的事，次数不等于发生率。来源：Flanagan（1954），Bitner、Booms 与 Tetreault（1990）。

# %% [markdown] tags=["en"]
# ## Where do critical incidents happen?
#
# Each incident counts once, as more than half of its coders read it; disputed ones are left out and their number is told. The question is whether incidents here are more often negative than the others. With many touchpoints compared at once one will stand out by chance, so p values are adjusted. When not to trust it: customers tell what struck them most, so the count is not how often it happens. Source: Flanagan (1954); Bitner, Booms and Tetreault (1990).

# %%
incidents = kt.incident_table(client.incidents)
kt.plot_incidents(incidents)
kt.say(kt.incident_findings(incidents))
columns = ["touchpoint_id", "negative", "positive", "negative_rate", "incident_rate", "p_value"]
kt.show(incidents, "incidents", columns=[*columns, "verdict"], top=40, twin=True)

# %%
groups = kt.incident_table(client.incidents, by=["incident_group"])
kt.plot_incidents(groups, by="incident_group")
columns = ["incident_group", "negative", "positive", "negative_rate", "p_value", "verdict"]
kt.show(groups, "incident_groups", columns=columns, twin=True)

# %% [markdown] tags=["zh"]
# ## 他们写了什么
#
# 评论逐句读：一句话说的是哪个接触点，看接触点词表（可以在客户文件夹的 `lexicons/touchpoints.csv` 里增删）；没有点明的句子顺着上一句算。先看读到了多少：重复的、广告和没有内容的不计，外语和没提到任何接触点的也列出来。何时不要相信：提到接触点的比例低，说明词表还缺词，后面的数字只代表读懂的那一部分。

# %% [markdown] tags=["en"]
# ## What do they write?
#
# Comments are read clause by clause. Which touchpoint a clause is about shows in the word list of touchpoints (change it in `lexicons/touchpoints.csv` of the client's folder); a clause that names none goes on about the one before. First, how much was read: copies, adverts and texts without content don't count. When not to trust it: where few comments name a touchpoint the list lacks words, and what follows holds only for what was understood.

# %%
heard = kt.hear(client)
kt.show(
    kt.comment_coverage(heard), "comment_coverage",
    columns=["language", "comments", "copies", "set_aside", "length_p50", "named_rate", "n"],
)  # fmt: skip

# %% [markdown] tags=["zh"]
# ### 机器判断褒贬有多准
#
# 褒贬先由词库判断：好词坏词、否定、程度和转折都算。客户自己打过分的评论等于现成的答案，可以教出一个更懂本企业的模型；只有在没见过的评论上确实判得更准，才用它代替词库。何时不要相信：评分是给整条评论的，单句判断会比这里差一些；讽刺和只摆事实的抱怨，机器常常看不出来。

# %% [markdown] tags=["en"]
# ### How well does the machine tell praise from complaint?
#
# First come word lists: good and bad words, negation, degree and contrast. Comments that customers rated themselves are ready-made answers from which a model can learn how this client's customers speak; it replaces the lists only where it does better on comments it hasn't seen. When not to trust it: ratings are for whole comments, and single clauses are harder; irony and complaints that merely state facts often escape a machine.

# %%
quality = kt.reading_quality(heard)
kt.say(kt.reading_findings(quality))
columns = ["layer", "accuracy", "accuracy_80", "f1", "n", "chosen"]
kt.show(quality, "reading_quality", columns=columns)

# %% [markdown] tags=["zh"]
# ### 请人来读评论
#
# 机器读得准不准，最后要与人读的结果比。先抽 100 条：各种语气、各个接触点都有，少见的多抽，每条记下它代表多少条，比较时按权重还原（Bankier，1988）。至少请两个人各自独立编码，把编码表放进客户文件夹的 `coding/`：在 JupyterLab 里运行下面的单元格逐条点选，每点一次就存盘；不用 Jupyter 的同事可以填 `kt.write_comment_sheet` 写出的表格。何时不要相信：两个人商量着编，一致性就不作数；用来改进机器的评论，不能再拿来考它。

# %% [markdown] tags=["en"]
# ### Let people read comments
#
# How well the machine reads shows in the end only beside people. First 100 comments are drawn: every tone and every touchpoint is there, rare ones are drawn more often, and each carries how many it stands for, so that comparisons hold for all (Bankier, 1988). Two people or more code on their own, and their sheets go into `coding/` in the client's folder: run the cell below in JupyterLab and click through, every click is saved; colleagues without Jupyter fill the sheet that `kt.write_comment_sheet` writes. When not to trust it: the agreement of people who talked it over means nothing, and comments that served to improve the machine can't judge it any more.

# %%
sample = kt.sample_for_coding(client.feedback, terms=client.terms)
kt.show(sample, "coding_sample", columns=["comment", "weight", "kind_n"], top=5, twin=True)

# %% tags=["interactive"]
kt.code_comments(sample, client, coder="A", path=client.folder / "coding" / "A.csv")

# %% [markdown] tags=["zh"]
# ### 人读得一致吗，机器读得有多准
#
# 先看人与人之间是否一致（Krippendorff 的 α；接触点可以多选，按两组选择重合多少来算），再拿机器与每一个人相比：人与人的一致程度就是机器的上限。何时不要相信：少于 20 条评论的数字只供参考。来源：Krippendorff（2004），Passonneau（2006）。

# %% [markdown] tags=["en"]
# ### Do people agree, and how well does the machine read?
#
# First it is asked whether people agree with one another (Krippendorff's α; where several touchpoints may be chosen, by how far two choices overlap), then the machine is compared with each of them: the agreement of people is its ceiling. When not to trust it: numbers on fewer than 20 comments are a hint only. Source: Krippendorff (2004), Passonneau (2006).

# %%
codes = kt.client_codes(client)
agreement = kt.code_agreement(codes)
kt.plot_code_agreement(agreement)
kt.say(kt.code_findings(agreement))
columns = ["coding", "touchpoint_id", "alpha", "agree_rate", "disputed_rate", "named_n", "n"]
kt.show(agreement, "code_agreement", columns=[*columns, "verdict"], top=40, twin=True)

# %%
accuracy = kt.machine_accuracy(codes, kt.machine_codes(heard))
kt.plot_machine_accuracy(accuracy)
kt.say(kt.machine_findings(accuracy))
columns = ["coding", "who", "against", "measure", "touchpoint_id", "polarity", "rate"]
columns = [*columns, "rate_difference", "verdict", "n", "left_out"]
kt.show(accuracy, "machine_accuracy", columns=columns, top=24, twin=True)

# %% [markdown] tags=["zh"]
# ### 抱怨集中在哪里
#
# 一条评论在一个接触点只算一次。看负面占比要看校正之后的：机器会把一部分好话听成坏话，把一部分坏话听成好话，误判率已知，就可以扣回来。得分也有两种：一个人心情不好时处处都说不好，“同等心情得分”除去这种光环，剩下的才是接触点自己的。何时不要相信：不足 20 条的只供参考；误判率在各接触点可能不同。

# %% [markdown] tags=["en"]
# ### What is complained about?
#
# A comment counts once at a touchpoint. Look at the corrected share of negative comments: a machine hears some praise as complaint and some complaint as praise, and as the rates of both are known they can be taken out. There are two scores as well: who is in a bad mood finds fault everywhere, and the “score at equal mood” takes this halo out, so that what is left is the touchpoint's own. When not to trust it: fewer than 20 comments are a hint only; and error rates may differ between touchpoints.

# %%
evidence = kt.comment_evidence(heard)
focus = kt.complaint_focus(heard)
kt.plot_comment_evidence(evidence, focus=focus)
kt.say(kt.focus_findings(focus))
columns = ["touchpoint_id", "mentions", "negative_rate", "adjusted_rate", "score", "halo_score"]
kt.show(evidence, "comment_evidence", columns=[*columns, "n"], top=20)
columns = ["touchpoint_id", "negative_rate", "rest_rate", "rate_difference", "p_value", "n"]
kt.show(focus, "complaint_focus", columns=[*columns, "verdict"], top=40, twin=True)

# %% [markdown] tags=["zh"]
# ### 哪些客户抱怨更多
#
# 评论最多的两个客户群，在同一个接触点相比。何时不要相信：写评论的人不等于全部客户；两群人抱怨的习惯也可能不同。

# %% [markdown] tags=["en"]
# ### Which customers complain more?
#
# The two segments with the most comments, compared at the same touchpoint. When not to trust it: those who write are not all customers, and two groups may differ in how readily they complain.

# %%
contrast = kt.compare_voices(heard, by="segment")
kt.plot_voice_contrast(contrast)
kt.say(kt.voice_contrast_findings(contrast))
columns = ["touchpoint_id", "negative_rate", "rest_rate", "rate_difference", "p_value", "n"]
kt.show(contrast, "voice_contrast", columns=[*columns, "rest_n", "verdict"], top=40, twin=True)

# %% [markdown] tags=["zh"]
# ### 具体抱怨什么
#
# 从负面小句里找“名词加评价”这样的短语，列出在这个接触点明显比别处更常出现的。同时比较许多短语，难免有碰巧的，所以按错误发现率校正。何时不要相信：短语由规则找出，少数会断错；没有列出的接触点，多半是负面评论太少。

# %% [markdown] tags=["en"]
# ### What exactly is complained about?
#
# Phrases such as a thing and what is wrong with it are found in negative clauses; shown are those that occur clearly more often at this touchpoint than elsewhere. Among many phrases some stand out by chance, so the false discovery rate is controlled. When not to trust it: phrases are found by rules, and a few are cut wrongly; touchpoints without any mostly have too few negative comments.

# %%
phrases = kt.complaint_phrases(heard)
columns = ["touchpoint_id", "phrase", "also", "phrase_rate", "elsewhere_rate", "q_value", "n"]
kt.show(phrases, "complaint_phrases", columns=columns, top=24)

# %% [markdown] tags=["zh"]
# ### 变好了还是变坏了，从什么时候开始
#
# 负面评论的占比按周画出，控制图判断变化是不是超出了偶然。前三分之一的时间作为基期，评论少时几周并作一段。评论不够按周看的接触点，另用转折点检验：整段时间里有没有一个分界，把前后分得比偶然更清楚；并按比较次数校正。何时不要相信：转折点是挑出来的，前后差别会偏大；写评论的人换了一批，占比也会变。

# %% [markdown] tags=["en"]
# ### Better or worse, and since when?
#
# The share of negative comments week by week, with control charts that tell whether it has moved beyond chance. The first third of the time is the baseline; where comments are few, weeks are merged. Where a touchpoint has too few comments for that, a test of change points asks whether one split of the whole time parts them better than chance, adjusted for the number of touchpoints. When not to trust it: the date is chosen to make the difference large, which flatters it, and the share also moves if other people write.

# %%
trend = kt.voice_trend(heard)
kt.plot_voice_trend(trend)
kt.say(kt.voice_trend_findings(trend))
alarms = kt.voice_alarms(heard)
kt.say(kt.alarm_findings(alarms))
columns = ["touchpoint_id", "negative_before", "negative_after", "alarm", "since", "p_value"]
kt.show(alarms, "voice_alarms", columns=[*columns, "q_value", "n"], top=40, twin=True)

# %%
changes = kt.change_dates(heard)
kt.say(kt.change_findings(changes))
columns = ["touchpoint_id", "since", "rest_rate", "negative_rate", "rate_difference", "p_alone"]
kt.show(changes, "voice_changes", columns=[*columns, "p_value", "n"], top=40, twin=True)

# %% [markdown] tags=["zh"]
# ### 没有问到的话题
#
# 没有提到任何接触点的小句里，有没有反复出现的话题？只列出重新抽样后还能重现、词语同现超过偶然的。旁边的词是接触点词表可能缺的：合适的写进客户文件夹的 `lexicons/touchpoints.csv`，再运行一次。

# %% [markdown] tags=["en"]
# ### What did nobody ask about?
#
# Among clauses about no touchpoint, do topics come back? Shown are only those that return when clauses are drawn again and whose words meet beyond chance. The words below may be missing from the touchpoint list: put the fitting ones into `lexicons/touchpoints.csv` of the client's folder and run again.

# %%
topics = kt.theme_table(kt.unnamed_themes(heard))
columns = ["theme_terms", "central_clause", "theme_rate", "negative_rate", "n"]
kt.show(topics, "unasked_themes", columns=columns)
suggested = kt.suggested_terms(heard)
columns = ["term", "phrase_rate", "elsewhere_rate", "q_value", "n"]
kt.show(suggested, "suggested_terms", columns=columns, top=20, twin=True)
kt.show(kt.term_list(client), "term_list", top=20, twin=True)

# %% tags=["interactive"]
kt.edit_terms(client)

# %% [markdown] tags=["zh"]
# ### 评论涉及哪些服务质量维度
#
# 五个维度与 SERVQUAL 相同：用到维度的词就归入，没有用到的按所说接触点通常涉及的维度归入。何时不要相信：这种归类没有经过人工编码检验，只能与前面的 SERVQUAL 问卷对照着看。

# %% [markdown] tags=["en"]
# ### Which dimensions of service quality do comments concern?
#
# The five dimensions are SERVQUAL's: a comment that uses a dimension's words concerns it; without such words it takes the dimension that its touchpoint usually concerns. When not to trust it: this assignment has not been validated against people's coding; read it beside the SERVQUAL survey above.

# %%
by_dimension = kt.comment_dimensions(heard)
columns = ["dimension", "mentions", "mention_rate", "negative_rate", "named_rate", "n"]
kt.show(by_dimension, "comment_dimensions", columns=columns)

# %% [markdown] tags=["zh"]
# ## 客户原话
#
# 每个接触点至多三条：最有代表性的、最强烈的和相反的声音。姓名、电话、邮箱、证件与订单号等已经脱敏；机器脱敏不能保证万无一失，对外之前请再看一遍。

# %% [markdown] tags=["en"]
# ## In customers' own words
#
# Up to three of each touchpoint: the typical, the strongest and the contrary voice. Names, phone numbers, e-mail addresses, identity and order numbers are masked; no machine can warrant that nothing slips through, so look again before a quote leaves the house.

# %%
quotes = kt.voice_quotes(heard)
columns = ["touchpoint_id", "voice_kind", "polarity", "quote"]
kt.show(quotes, "voice_quotes", columns=columns, top=24)

# %% [markdown] tags=["zh"]
# ## 出了问题之后：投诉解决能挽回客户吗
#
# 把旅程分成四类：投诉已解决、投诉未解决、有失败但未投诉、没有失败。比较各类客户事后的总体得分、90 天内再次购买和推荐意愿。投诉解决得好，客户有时比没遇到问题的还满意，叫“补救悖论”（McCollough 与 Bharadwaj，1992）；汇总研究表明它只偶尔出现在满意度上，很少带来更多购买（de Matos、Henrique 与 Rossi，2007；Magnini 等，2007）。何时不要相信：会投诉的人与不投诉的人本来就不同，所以另给出同一客户群、等待相近的比较；观察期未满 90 天的旅程不计入再次购买；“失败”只包括系统记录为未成功的互动，延误、差评之类没有记录的看不到。

# %% [markdown] tags=["en"]
# ## After trouble: does setting a complaint right win customers back?
#
# Journeys fall into four groups: complained and set right, complained and not, failed without a complaint, and no failure. Their customers' overall score, purchases within 90 days and recommendation are compared. Where a complaint is set right well, customers are sometimes more satisfied than those who met no trouble, the “service recovery paradox” (McCollough & Bharadwaj, 1992); meta-analyses see it now and then in satisfaction and hardly ever in purchases (de Matos, Henrique & Rossi, 2007; Magnini et al., 2007). When not to trust it: people who complain differ from those who don't, hence the comparison within a segment and like waits; journeys whose 90 days are not over are left out of purchases; and a failure is only what the log marks as unsuccessful.

# %%
trouble = kt.find_recovery(client)
recovered = kt.service_recovery(trouble, scale=scale, min_n=min_n)
paradox = kt.recovery_paradox(trouble, scale=scale, min_n=min_n)
kt.plot_service_recovery(recovered, paradox)
kt.say(kt.recovery_findings(paradox))
kt.show(recovered, "service_recovery", twin=True)
columns = ["outcome", "compared", "held", "value", "verdict", "p_value", "n"]
kt.show(paradox, "recovery_paradox", columns=columns, top=16, twin=True)

# %% [markdown] tags=["zh"]
# ### 首次回应要多快
#
# 每个受理投诉的接触点，按客户等到首次回应的时间分为四档，看得分与解决率；再问等待每多一倍，两者各变化多少（同一客户群内比较）。何时不要相信：棘手的投诉可能既慢又难解决，慢不一定是原因；件数少的档次以浅色显示。

# %% [markdown] tags=["en"]
# ### How quick must the first answer be?
#
# For every touchpoint that takes complaints, waits for the first answer are cut in quarters; then the question is what a doubling of the wait goes with, within segments. When not to trust it: hard complaints may take longer and end worse for that, so slowness need not be the cause; bands with few complaints are pale.

# %%
waits = kt.response_time_effect(trouble, scale=scale, min_n=min_n)
slopes = kt.response_time_slopes(trouble, scale=scale, min_n=min_n)
kt.plot_response_time(waits, slopes)
kt.say(kt.response_time_findings(slopes))
columns = ["touchpoint_id", "from_minutes", "to_minutes", "score", "recovered_rate", "n"]
kt.show(waits, "response_time", columns=columns, top=20, twin=True)
columns = ["touchpoint_id", "target", "value", "verdict", "p_value", "n"]
kt.show(slopes, "response_slopes", columns=columns, twin=True)

# %% [markdown] tags=["zh"]
# ### 让一线当场解决，值多少
#
# 授权一线，就是让更多个案在第一次联系时解决（Bowen 与 Lawler，1992）。这里比较一次解决的个案与要再次联系或转办才解决的个案（同一接触点、同一客户群、其他失败次数相近），再推算：如果再有一成个案能一次解决，总体得分会到多少。何时不要相信：这是观察到的差别，不是试验；容易的个案本来就更常一次解决，应先在一两个网点试点。

# %% [markdown] tags=["en"]
# ### What is it worth if staff can settle at once?
#
# To empower staff is to let more cases be settled at the first contact (Bowen & Lawler, 1992). Cases settled at once are compared with those that took a further contact or a hand-over, at the same touchpoint, within a segment and with as many other failures; then the overall score is projected for another tenth of all cases. When not to trust it: this is seen, not tried; easy cases are settled at once more often. Try it at a branch or two first.

# %%
handled = kt.find_settling(client)
ways = kt.settlements(handled, scale=scale, min_n=min_n)
effect = kt.empowerment_effect(handled, more=0.1, scale=scale, min_n=min_n)
kt.plot_settlements(ways, effect)
kt.say(kt.empowerment_findings(effect))
kt.show(ways, "settlements", twin=True)
columns = ["compared", "at_once_rate", "score_change", "expected_score", "verdict", "n"]
kt.show(effect, "empowerment", columns=columns, twin=True)

# %% [markdown] tags=["zh"]
# ### 谁该先回访
#
# 给不满的客户回电话，告诉他做了什么，是“闭环”（Reichheld 与 Markey，2011）。清单每位客户一行，取最近一次低分或负面评论；已拒绝联系的不列入。收到后两天内回复，投诉未解决的一天内。优先级：逾期、价值居前三分之一、特别不满或投诉未解决各记一分，两分以上为高。清单含客户编号，不进报告：用 `kt.write_recovery_queue(queue, "文件夹/回访清单.xlsx")` 另存，团队填写进度后用 `kt.read_recovery_status(...)` 读回，传给 `states=`。

# %% [markdown] tags=["en"]
# ### Whom to call back first?
#
# Calling unhappy customers and telling them what was done closes the loop (Reichheld & Markey, 2011). The list has one row per customer, the latest low score or negative comment; whoever refused contact is not on it. An answer is due within two days, within one where a complaint is open. Priority: one point each for overdue, for a value in the upper third, and for a very low score or an open complaint; two or more are high. The list holds customer ids and stays out of the report: write it with `kt.write_recovery_queue(queue, "folder/call_back.xlsx")`; what the team fills in comes back by `kt.read_recovery_status(...)` as `states=`.

# %%
queue = kt.find_recovery_queue(client, cases=trouble, whole_only=True)
ageing = kt.ageing_table(queue)
kt.plot_ageing(ageing)
kt.say(kt.ageing_findings(ageing))
kt.show(ageing, "ageing", top=20, twin=True)

# %% [markdown] tags=["zh"]
# ## 小结
#
# 下一章把这些发现变成行动：先改什么，谁来改，怎么知道有效。

# %% [markdown] tags=["en"]
# ## In short
#
# The next chapter turns these findings into action: what to improve first, who does it, and how we will know.

# %%
kt.recap()
