# %% [markdown] tags=["zh"]
# # 01 接触点识别
#
# **本章回答：客户在哪些地方接触我们，清单有没有遗漏？哪些接触点真正影响总体满意度，哪些只是光环？关键接触点是哪几个，有多大把握？**

# %% [markdown] tags=["en"]
# # 01 Touchpoint identification
#
# **This chapter answers: where do customers meet us, and is the inventory complete; what truly moves satisfaction and what is mere halo; and which few touchpoints are key, with how much certainty?**

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
material = client.settings.thresholds.material_slope

# %% [markdown] tags=["zh"]
# ## 清单与数据对得上吗
#
# 接触点是客户与企业接触的每一个环节。先把清单里的接触点与数据中真实出现的逐一核对：清单有而数据无，可能已停用，也可能没有采集；数据有而清单无，就是遗漏。

# %% [markdown] tags=["en"]
# ## Does the inventory match the data?
#
# A touchpoint is any point at which a customer meets the company. First compare the inventory with what the data really show: a touchpoint listed but never seen may be out of use or not recorded; one seen but not listed was forgotten.

# %%
mentions = kt.mentions(client.feedback, terms=client.terms)
inventory = kt.inventory(
    client.touchpoints,
    client.interactions,
    client.feedback,
    stages=client.stages,
    mentions=mentions,
)
kt.show(inventory, "inventory", top=40)

# %% [markdown] tags=["zh"]
# ## 哪些格子是空的
#
# 每个阶段都可能有前台与后台、数字与实体四类接触点。空格不一定是问题，但每一格都值得问一句：真的没有，还是没想到？

# %% [markdown] tags=["en"]
# ## Which cells are empty?
#
# Every stage may have frontstage and backstage, digital and physical touchpoints. An empty cell is not always a fault, but each deserves the question: is there none, or did nobody think of it?

# %%
coverage = kt.coverage(client.touchpoints, stages=client.stages)
kt.plot_coverage(coverage)
kt.show(coverage, "coverage", top=40, twin=True)

# %% [markdown] tags=["zh"]
# ## 清单缺了什么
#
# 把清单逐条核对：数据里有而清单没有的、清单有而数据从未出现的、没有责任人的、后台不知支持谁的、四类关键时刻缺哪一类、哪一格是空的。每条缺漏都写明出现在哪里、有多少条记录、该做什么；写错的编号会给出最接近的一个。何时不要轻信：“从未出现”也可能是没有采集，空格也可能本来就不该有。方法：本工作簿按“阶段 × 前后台 × 介质”核对服务蓝图（Shostack，1984）。

# %% [markdown] tags=["en"]
# ## What does the inventory lack?
#
# Every entry is checked: what the data show and nobody listed, what is listed and never seen, what has no owner, which backstage work supports nobody, which of the four moment types is empty, which cell holds nothing. Each gap says where it shows, in how many records, and what to do; a mistyped id comes with the nearest listed one. When not to trust it: "never seen" may mean "not recorded", and a cell may rightly be empty. Source: the service blueprint (Shostack, 1984), checked by stage, side and medium.

# %%
check = kt.coverage_check(inventory, coverage, client.touchpoints, stages=client.stages)
kt.say(kt.gap_findings(check))
kt.show_gaps(check)

# %% [markdown] tags=["zh"]
# ### 客户有几种方式接触我们
#
# 多样性用渠道使用的熵来衡量：0 表示全部互动走同一个渠道，1 表示平均用到所有渠道。数值低不等于不好，但意味着这个渠道一旦出问题，客户没有别的路可走。何时不要轻信：没有记录的渠道（例如未登记的电话）不在其中。来源：熵，Shannon（1948）。

# %% [markdown] tags=["en"]
# ### In how many ways can customers reach us?
#
# Diversity is the entropy of channel use: 0 where all contacts go through one channel, 1 where they spread evenly over all. Low is not bad as such, but if that channel fails customers have nowhere else to go. When not to trust it: channels that leave no record, such as unlogged calls, are not counted. Source: entropy, Shannon (1948).

# %%
stages = client.stages
forms = kt.contact_forms(client.interactions, client.touchpoints, stages=stages, min_n=min_n)
kt.plot_contact_forms(forms)
kt.say(kt.form_findings(forms))
columns = ["stage_id", "diversity", "channels", "channel", "main_rate", "n"]
kt.show(forms, "contact_forms", columns=columns, twin=True)


# %% [markdown] tags=["zh"]
# ## 多少客户会经过
#
# 触达率是经过某接触点的旅程占全部旅程的比例。触达广的接触点，改进一处，受益的人最多。

# %% [markdown] tags=["en"]
# ## How many customers pass each one?
#
# Reach is the share of journeys that pass a touchpoint. The wider the reach, the more customers gain from one improvement.

# %%
reach = kt.reach(client.interactions)
kt.plot_reach(reach)
kt.say(kt.reach_findings(reach))
kt.show(reach, "reach", top=40, twin=True)

# %% [markdown] tags=["zh"]
# ## 客户打了多少分
#
# 每个得分都带区间：区间重叠的两个接触点，不能说谁高谁低。

# %% [markdown] tags=["en"]
# ## What do customers score?
#
# Every score comes with its interval: where two intervals overlap widely, nobody can say which touchpoint is better.

# %%
scores = kt.scores(client.feedback, scale=scale, min_n=min_n)
kt.plot_scores(scores, scale=scale)
kt.say(kt.score_findings(scores))
kt.show(
    scores, "scores", columns=["touchpoint_id", "score", "low_rate", "top_rate", "n"], twin=True
)

# %% [markdown] tags=["zh"]
# ## 哪些接触点影响总体满意度
#
# 一个接触点重不重要，三把尺子并排看。相关系数：得分是否与总体一起高低；解释份额：总体的差异有多少能算在它名下；独立影响：其他接触点不变时，它每高 1 分总体还高多少。客户心情好时处处打高分，这种“光环”会让没有影响的接触点相关很高，也分走份额，所以中间一栏画出了只靠光环就能得到的份额。三把尺子都站得住才写“可靠”；相关虽高、独立影响却可以忽略的，是光环；分不清是谁的功劳的，写“与其他分不开”。何时不要相信：它不能证明因果；没有问到的接触点，影响会算到别人头上；心情若不经接触点的得分而直接抬高总体评价，任何分析都分不开。来源：Lindeman 等（1980），Grömping（2006）；与随机变量比较的想法来自 Tonidandel 等（2009），本书把它改为带光环的对照。

# %% [markdown] tags=["en"]
# ## What moves overall satisfaction?
#
# Whether a touchpoint matters is read from three gauges side by side. Correlation: does its score go along with the whole? Explained share: how much of the differences in the whole can be put down to it? Own effect: how much higher is the whole per point, the others held fixed? Customers in a good mood score everything high, and this halo gives even a touchpoint without effect a high correlation and a share, so the middle panel marks the share that halo alone would bring. Only what stands on all three gauges is called robust; what correlates but has a negligible effect of its own is halo; and where the data can't tell whose merit it is, the text says so. When not to trust it: it proves no cause, the effect of a touchpoint nobody asked about is credited to others, and a mood that lifts the whole without passing through touchpoint scores can't be told from effects by any analysis. Source: Lindeman et al. (1980), Grömping (2006); comparing with a random variable is from Tonidandel et al. (2009), ours carries a halo.

# %%
importance = kt.importance(client.feedback, min_n=min_n, material=material)
kt.plot_importance(importance)
kt.say(kt.halo_findings(importance))
columns = ["touchpoint_id", "correlation", "explained_share", "slope", "p_material", "verdict", "n"]
kt.show(importance, "importance", columns=columns, top=40, twin=True)

# %% [markdown] tags=["zh"]
# ## 做差会罚，做好会奖吗
#
# 有的接触点做好了没人夸，做差了人人怨；有的恰好相反。这里把低于和高于平常水平的评分分开，看总体各变化多少：只罚不奖的是基本要求，只奖不罚的是惊喜，两头都算的是多多益善。基本要求守住即可，钱要花在能奖的地方。何时不要相信：高分挤在量表顶端已按有序回归折算，但从不出错的接触点仍看不出做差的代价；每侧样本少的不作判断。来源：Brandt（1987）；批评见 Mikulic 与 Prebezac（2011）。

# %% [markdown] tags=["en"]
# ## Does failing punish, does shining please?
#
# Some touchpoints earn no praise when they go well and anger when they don't; others the reverse. Scores below and above the usual level are taken apart to see how the whole moves: what only punishes is a basic, what only pleases is an excitement, and what does both is a performance factor. Basics need to be kept, no more; money belongs where it pleases. When not to trust it: crowding at the top of the scale is allowed for by an ordered model, but what never fails can't show what failing costs; sides with few answers are not judged. Source: Brandt (1987); critique by Mikulic & Prebezac (2011).

# %%
impacts = kt.penalty_reward(client.feedback, min_n=min_n, material=material)
kt.plot_penalty_reward(impacts)
kt.say(kt.penalty_reward_findings(impacts))
kt.record(kt.penalty_reward_records(impacts))
columns = ["touchpoint_id", "penalty", "reward", "asymmetry", "impact", "probability", "n"]
kt.show(impacts, "penalty_reward", columns=columns, top=40, twin=True)

# %% [markdown] tags=["zh"]
# ### 接触点之间有没有协同
#
# 两个接触点都做得好，总体会不会比各自的影响加起来更高？为正是相互成就，为负是一个能弥补另一个。何时不要相信：配对很多，单凭运气总有几对突出，所以按比较次数校正；协同通常很小，需要很多样本才看得见。来源：Aiken 与 West（1991）；Benjamini 与 Hochberg（1995）。

# %% [markdown] tags=["en"]
# ### Do touchpoints work together?
#
# Where two touchpoints both go well, is the whole higher than their own effects add up to? A positive extra means that they lift each other, a negative one that one makes up for the other. When not to trust it: among many pairs some stand out by luck, so p values are corrected for their number; synergies are mostly small and need many answers. Source: Aiken & West (1991); Benjamini & Hochberg (1995).

# %%
synergies = kt.synergies(client.feedback, scale=scale, min_n=min_n)
kt.say(kt.synergy_findings(synergies))
columns = ["touchpoint_id", "other_id", "extra_points", "p_value", "n"]
kt.show(synergies, "synergies", columns=columns, top=5)

# %% [markdown] tags=["zh"]
# ### 哪些接触点影响推荐意愿
#
# 同一把尺子量另一个结果：打 9–10 分的推荐者。总体满意度和口碑的关键接触点不一定相同。何时不要相信：推荐者比例很低或很高时，区间会很宽；同样只是关联。来源：Tonidandel 与 LeBreton（2010）。

# %% [markdown] tags=["en"]
# ### What moves recommendation?
#
# The same gauges on another outcome: promoters, who answer 9–10. What is key to satisfaction need not be key to word of mouth. When not to trust it: intervals are wide where promoters are very few or very many; and it is an association all the same. Source: Tonidandel & LeBreton (2010).

# %%
promoters = kt.importance_for(client.feedback, outcome="promoter", scale=scale, min_n=min_n)
kt.plot_outcome_drivers(promoters, outcome="promoter")
kt.say(kt.outcome_driver_findings(promoters, outcome="promoter"))
columns = ["touchpoint_id", "effect_rate", "odds_ratio", "explained_share", "verdict", "n"]
kt.show(promoters, "outcome_drivers", columns=columns, twin=True)

# %% [markdown] tags=["zh"]
# ## 不同客户群看重的一样吗
#
# 全体客户的平均，可能正好盖住两群人的相反需求。这里对每个客户群分别估计独立影响，与其余客户相比，按比较次数校正后仍站得住的才说“不同”。何时不要相信：客户群越小，差别越难看清；“没有发现不同”不等于相同。来源：异质性检验 Cochran（1954）。

# %% [markdown] tags=["en"]
# ## Do all segments care about the same?
#
# An average over everybody may hide that two groups want opposite things. Own effects are estimated in each segment and compared with everybody else's; only what survives the correction for many comparisons is called different. When not to trust it: the smaller a segment, the harder to see a difference, and “none found” is not “none there”. Source: test of heterogeneity, Cochran (1954).

# %%
feedback = kt.with_segment(client.feedback, client)
by_segment = kt.importance_by(feedback, by="segment", min_n=min_n)
kt.plot_importance_by(by_segment, by="segment")
kt.say(kt.segment_effect_findings(by_segment, by="segment"))
columns = ["touchpoint_id", "segment", "slope", "slope_difference", "p_value", "n"]
kt.show(by_segment, "importance_by", columns=columns, twin=True)

# %% [markdown] tags=["zh"]
# ## 重要性随时间变了吗
#
# 市场和产品在变，今天的关键接触点不一定是明天的。按季度重新估计独立影响，变化超出偶然的，就该重新排序了。何时不要相信：每期样本比全期少得多，小变化看不出来。来源：Cochran（1954）。

# %% [markdown] tags=["en"]
# ## Has importance changed over time?
#
# Markets and products move, and today's key touchpoint need not be tomorrow's. Own effects are estimated again by quarter; where they changed by more than chance, the ranking is due again. When not to trust it: each period holds far fewer answers than the whole, so small changes stay unseen. Source: Cochran (1954).

# %%
drift = kt.importance_drift(client.feedback, min_n=min_n)
kt.plot_drift(drift)
kt.say(kt.drift_findings(drift))
columns = ["touchpoint_id", "period", "slope", "slope_difference", "p_any", "rerank_due", "n"]
kt.show(drift, "drift", columns=columns, twin=True)

# %% [markdown] tags=["zh"]
# ## 低分之后会发生什么
#
# 把每个接触点上打低分的客户与其他客户相比：流失多了多少、没成交的多了多少、贬损者多了多少。差距大，说明这里的坏体验往往伴随真金白银的损失。何时不要相信：心情不好的客户处处打低分，因此没有影响的接触点也会显出差距；要和独立影响一起看。来源：比例之差的区间用 Newcombe（1998）法。

# %% [markdown] tags=["en"]
# ## What follows a low score?
#
# Customers who score a touchpoint low are compared with the others: how many more leave, don't convert, or speak badly. A large difference means that bad experiences here come with losses that show in the books. When not to trust it: customers in a bad mood score everything low, so a touchpoint without any effect shows a difference too; read it together with the own effect. Source: intervals of differences by Newcombe (1998).

# %%
after = kt.consequences(
    client.feedback, customers=client.customers, journeys=client.journeys, min_n=min_n
)
kt.plot_consequences(after)
kt.say(kt.consequence_findings(after))
columns = ["touchpoint_id", "consequence", "low_outcome_rate", "other_outcome_rate", "gap_rate"]
kt.show(after, "consequences", columns=columns, twin=True)

# %% [markdown] tags=["zh"]
# ## 哪些重要却薄弱
#
# 横轴是得分，纵轴是独立影响，十字线是各接触点的均值。左上角“重点改进”是重要却薄弱的接触点。普通的四象限图只画一个点；这里画的是一朵云：换一批客户，点会落在哪里。云跨过十字线，象限就没有定论，句子也会照实说“尚不能判定”。何时不要相信：十字线是相对的，接触点清单一变，象限就可能变；独立影响仍是相关关系，不能证明因果。来源：Martilla 与 James（1977）。

# %% [markdown] tags=["en"]
# ## Which are important but weak?
#
# Across: the score. Up: the touchpoint's own effect. The crosshair is the mean of all touchpoints, and the upper left corner, “concentrate here”, holds the important but weak ones. The usual chart shows one dot; here each touchpoint is a cloud of where it might lie with other customers. Where a cloud crosses the crosshair the quadrant is open, and the sentence says so. When not to trust it: the crosshair is relative, so another list of touchpoints may give other quadrants, and an own effect is still an association and no proof of cause. Source: Martilla & James (1977).

# %%
matrix = kt.importance_performance(client.feedback, scale=scale, min_n=min_n)
kt.plot_importance_performance(matrix, scale=scale)
kt.say(kt.quadrant_findings(matrix))
columns = ["touchpoint_id", "importance", "score", "quadrant", "probability", "n"]
kt.show(matrix, "importance_performance", columns=columns, twin=True)

# %% [markdown] tags=["zh"]
# ## 哪些是关键接触点
#
# 是否关键，只看一件事：其他接触点不变时，它自身的影响是否大到值得行动；概率达到八成才下结论，不到两成才排除，其余写明“尚不能判定”以及还差多少数据。名次由关键指数决定：独立影响乘以触达率、提升空间、低分后果、感受强度和与对手差距的加权平均。用乘法而不用加法，是因为没有独立影响的接触点，哪怕人人经过、得分垫底，改了也白改。何时不要相信：没有问到的接触点，影响会算到别人头上；权重是约定，下一节看换一套会怎样；结论是相关关系，真正的因果要靠试验。来源：关键驱动分析与自助抽样（Efron，1979）；显著性＝影响×触达，是本书的定义。

# %% [markdown] tags=["en"]
# ## Which touchpoints are key?
#
# Whether a touchpoint is key rests on one thing: whether its own effect, the others held fixed, is large enough to be worth acting on. Four chances in five are needed to say yes, less than one in five to say no; anything between reads “undecided”, with the data that would decide it. The order comes from the key index: the own effect times a weighted mean of reach, room to target, consequence of low scores, intensity and distance behind competitors. It multiplies and does not add, because a touchpoint without an effect of its own gains nothing from being improved, even if everybody passes it and it scores last. When not to trust it: the effect of a touchpoint nobody asked about is credited to others; weights are a convention (the next section tries others); and the result is an association, for which only a trial proves the cause. Source: key driver analysis with the bootstrap (Efron 1979); salience as effect times reach is our definition.

# %%
keys = kt.find_keys(client, min_n=min_n)
kt.plot_key_touchpoints(keys, material=material)
kt.say(kt.key_findings(keys, material=material))
kt.record(kt.effect_findings(keys))
columns = ["touchpoint_id", "index_points", "p_key", "slope", "salience", "mention_rate", "n"]
kt.show(keys, "key_touchpoints", columns=columns, top=20, twin=True)

# %% [markdown] tags=["zh"]
# ### 换一套权重会怎样
#
# 权重没有唯一正确的答案，所以让它在既定权重周围随机变动两千次，看谁始终排在前面。始终居前的，不必为权重争论；时进时出的，图上写明哪一个权重说了算。何时不要相信：这里只有权重在变，抽样误差不在其中，要看关键指数的区间。来源：Butler、Jia 与 Dyer（1997）。

# %% [markdown] tags=["en"]
# ### What would other weights change?
#
# No set of weights is the right one, so they are moved at random around the chosen ones two thousand times to see who stays in front. There is no need to argue about weights over those that always stay; for those that come and go the picture names the weight that decides. When not to trust it: only the weights move here, and sampling error is not in it; see the intervals of the key index for that. Source: Butler, Jia & Dyer (1997).

# %%
sensitivity = kt.weight_sensitivity(keys)
kt.plot_weight_sensitivity(sensitivity)
kt.say(kt.weight_findings(sensitivity))
columns = ["touchpoint_id", "rank", "p_stays", "matters", "n"]
kt.show(sensitivity, "weight_sensitivity", columns=columns, top=20, twin=True)

# %% [markdown] tags=["zh"]
# ## 每个接触点该怎么办
#
# 策略由规则得出，一眼就能复核：关键而得分不足的，以及基本要求没守住的，优先修复；做得好能加分、做得差也不减分的锦上添花；关键而得分不低的，或做不好就减分、影响虽小却确实存在的保持水准；说不准的先补数据；没有值得行动的影响的不再加码，省下的资源投到前两类。何时不要相信：“不再加码”不等于可以撤掉，法规、安全和对其他接触点的支撑要另外核对。来源：规则是本书的，依据惩罚—奖励对比（Brandt，1987）与 Kano 等（1984）。

# %% [markdown] tags=["en"]
# ## What to do with each touchpoint?
#
# The strategy follows from rules that anybody can check: fix what is key and below its target, and basics that fail; delight where good service wins and bad service does not lose; maintain what is key and good enough, would lose customers if it failed, or has a small but sure effect; learn first where it is undecided; and spend no extra effort where there is no effect worth acting on, which frees means for the first two. When not to trust it: “no extra effort” does not mean that it can go; legal duties, safety and what it supports come first. Source: the rules are ours, on penalty–reward contrast (Brandt 1987) and Kano et al. (1984).

# %%
stances = kt.stances(keys, impacts=impacts, kano=kt.kano(client.feedback))
kt.say(kt.stance_findings(stances))
columns = ["touchpoint_id", "stance", "reason", "p_key", "room_points", "n"]
kt.show(stances, "stances", columns=columns, top=40)

# %% [markdown] tags=["zh"]
# ## 小结
#
# 下一章把这些接触点放进客户的旅程：先后顺序、在哪里停下、承诺有没有兑现。

# %% [markdown] tags=["en"]
# ## In short
#
# The next chapter puts these touchpoints into the customer's journey: in which order, where it stops, and which promises were kept.

# %%
kt.recap()
